import { describe, expect, it } from 'vitest';
import { renderStatusPage } from './status-page.ts';
import type { StatusDocument } from './status-document.ts';

const NOW = Date.parse('2026-11-21T06:02:00.000Z');
const page = (sections: StatusDocument['sections'], program = 'castai-agent'): string =>
  renderStatusPage({ program, version: '1.2.3', startedAt: '2026-11-21T06:00:00.000Z', sections }, { nowMs: NOW });

describe('status page', () => {
  it('leaves out what is empty, rows and columns', () => {
    const html = page([
      { title: 'A', rows: { clusterId: null, refusal: '' } },
      { title: 'B', rows: [{ feed: 'pods', lastRestart: '', restarts: 0 }] },
    ]);
    expect(html).toContain('<h2>A</h2>\n<div role="region" aria-label="A" tabindex="0"><p>none</p>');
    expect(html).toContain('<tr><th scope="col">feed</th><th scope="col">restarts</th></tr>');
  });

  it('shows a record as names and values', () => {
    const html = page([{ title: 'Session', rows: { epoch: 7, open: true } }]);
    expect(html).toContain('<h1>castai-agent 1.2.3</h1>');
    expect(html).toContain('<h2>Session</h2>');
    expect(html).toContain('<tr><th scope="row">epoch</th><td>7</td></tr>');
    expect(html).toContain('<tr><th scope="row">open</th><td>yes</td></tr>');
    expect(html).toContain('<p>Started 2026-11-21T06:00:00Z, 2 min ago.');
  });

  it('shows a list as a table with the columns of all rows', () => {
    const html = page([
      {
        title: 'Feeds',
        rows: [
          { feed: 'pods', bytes: 1 },
          { feed: 'nodes', reason: 'forbidden' },
        ],
      },
    ]);
    expect(html).toContain('<tr><th scope="col">feed</th><th scope="col">bytes</th><th scope="col">reason</th></tr>');
    expect(html).toContain('<tr><td>pods</td><td data-name="bytes">1 B</td><td>–</td></tr>');
    expect(html).toContain('<tr><td>nodes</td><td>–</td><td data-name="reason">forbidden</td></tr>');
    expect(page([{ title: 'Feeds', rows: [] }])).toContain('<p>none</p>');
  });

  it('begins with the verdict and the problems, of which those that ended are greyed', () => {
    const verdict = {
      state: 'blocked',
      since: '2026-11-21T06:00:00.000Z',
      cause: 'api-key',
      why: 'HTTP 401 <b>',
      address: 'the platform',
      cure: 'take another key',
      runbook: 'monitoring/runbooks/CastaiAgentKeyRefused.md',
      others: 1,
    } as const;
    const problem = { ...verdict, severity: 'blocked', subjects: [], durationMs: 71_000, count: 3 } as const;
    const problems = [problem, { ...problem, cause: 'memory', endedAt: '2026-11-21T06:01:11.000Z' } as const];
    const about = { program: 'castai-agent', version: '1.2.3', startedAt: 'now' };
    const html = renderStatusPage({ ...about, verdict, problems, sections: [{ title: 'Feeds', rows: [] }] });
    expect(html).toContain('<h2 class="blocked">blocked</h2>');
    expect(html).toContain('<tr><th scope="row">why</th><td>HTTP 401 &lt;b&gt;</td></tr>');
    expect(html).toContain('<tr><td>blocked</td><td data-name="cause">api-key</td>');
    expect(html).toContain('<td data-name="lasted">for 71 s</td>');
    expect(html).toContain('<tr class="ended"><td>blocked</td><td data-name="cause">memory</td>');
    expect(html).toContain('<td data-name="lasted">ended after 71 s</td>');
    const places = ['>blocked</h2>', '>Recent problems</h2>', '>Feeds</h2>'].map((text) => html.indexOf(text));
    expect(places.toSorted((one, other) => one - other)).toEqual(places);
    expect(places).not.toContain(-1);
    const ok = { ...verdict, state: 'ok', cause: '' } as const;
    expect(renderStatusPage({ ...about, verdict: ok, problems: [], sections: [] })).toContain('<h2 class="ok">ok</h2>');
  });

  it('escapes whatever it is given', () => {
    const evil = '<script>alert("1")</script>&\'';
    const html = page(
      [
        { title: evil, rows: { [evil]: evil } },
        { title: 'x', rows: [{ [evil]: evil }] },
      ],
      evil,
    );
    expect(html).not.toContain('<script');
    expect(html.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;')).toHaveLength(9);
  });

  it('rests when its reader says so, and says how it goes on', () => {
    const html = renderStatusPage({ program: 'p', version: '1', startedAt: 'now', sections: [] }, { isPaused: true });
    expect(html).not.toContain('http-equiv="refresh"');
    expect(html).toContain('Not refreshed. <a href="?">Refresh it again</a>');
  });

  it('has its state in the title, and a name for each part that scrolls', () => {
    const verdict = {
      state: 'ok',
      since: 'now',
      cause: '',
      why: '',
      address: '',
      cure: '',
      runbook: '',
      others: 0,
    } as const;
    const html = renderStatusPage({
      program: 'p',
      version: '1',
      startedAt: 'now',
      verdict,
      sections: [{ title: 'Feeds "x"', rows: [] }],
    });
    expect(html).toContain('<title>ok: p</title>');
    expect(html).toContain('<div role="region" aria-label="Feeds &quot;x&quot;" tabindex="0">');
  });

  it('needs nothing from elsewhere and refreshes itself', () => {
    const html = page([]);
    expect(html).not.toMatch(/src=|href="[^?]|url\(|@import|https?:/u);
    expect(html).toContain('<meta http-equiv="refresh" content="10">');
    expect(html).toContain('<a href="?paused">Pause</a>');
    expect(html).toContain('color-scheme: light dark');
  });
});
