import { describe, expect, it } from 'vitest';
import { renderStatusPage, type StatusDocument } from './status-page.ts';

const page = (sections: StatusDocument['sections'], program = 'castai-agent'): string =>
  renderStatusPage({ program, version: '1.2.3', startedAt: '2026-11-21T06:00:00.000Z', sections });

describe('status page', () => {
  it('shows a record as names and values', () => {
    const html = page([{ title: 'Session', rows: { epoch: 7, open: true, clusterId: null } }]);
    expect(html).toContain('<h1>castai-agent 1.2.3</h1>');
    expect(html).toContain('<h2>Session</h2>');
    expect(html).toContain('<tr><th scope="row">epoch</th><td>7</td></tr>');
    expect(html).toContain('<tr><th scope="row">open</th><td>true</td></tr>');
    expect(html).toContain('<tr><th scope="row">clusterId</th><td>–</td></tr>');
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
    expect(html).toContain('<tr><td>pods</td><td>1</td><td>–</td></tr>');
    expect(html).toContain('<tr><td>nodes</td><td>–</td><td>forbidden</td></tr>');
    expect(page([{ title: 'Feeds', rows: [] }])).toContain('<p>none</p>');
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
    expect(html.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;')).toHaveLength(8);
  });

  it('needs nothing from elsewhere and refreshes itself', () => {
    const html = page([]);
    expect(html).not.toMatch(/src=|href=|url\(|@import|https?:/u);
    expect(html).toContain('<meta http-equiv="refresh" content="10">');
    expect(html).toContain('color-scheme: light dark');
  });
});
