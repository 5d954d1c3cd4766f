/** Nothing of what is read may be seen outside of the envelope: not in output, pages, memory or what is left behind. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeWaagent } from '../../fakes/waagent.ts';
import { findInMemory } from '../../judges/memory-scan.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { InitDataStage, removeFolder } from '../../stages/aks-init-data/init-data-stage.ts';

const seenOf = (canaries: readonly string[], text: string): string[] =>
  canaries.filter((canary) => text.includes(canary));

describe('the program', () => {
  test('shows none of its canaries in output, pages, metrics, or in its memory after a delivery', async () => {
    await using stage = await InitDataStage.start();
    for (const shape of ['classic', 'scriptless-2', 'oversized'] as const) {
      using node = new FakeWaagent({ shape });
      await stage.putNode(`node-${shape}`, { labels: { 'kubernetes.azure.com/agentpool': shape } });
      await using program = await stage.startProgram({
        nodeName: `node-${shape}`,
        waagentDir: node.root,
        env: { LOG_LEVEL: 'debug' },
      });
      await stage.ready(program);
      expect(await stage.deliveries(1)).not.toEqual([]);
      // The scan finds what is there: the API key is.
      expect(findInMemory(program.process.pid, ['canary-of-the-api-key'])).toEqual(['canary-of-the-api-key']);
      expect(findInMemory(program.process.pid, node.canaries)).toEqual([]);

      // And when things go wrong as well.
      node.writeKey(`-----BEGIN PRIVATE KEY-----\n${node.canaries[0] ?? ''}\n-----END PRIVATE KEY-----\n`);
      await eventually({
        what: 'the key is unusable',
        look: () => program.readiness(),
        until: ({ text }) => text.includes('key-unusable'),
      });
      const pages = [await program.status(), (await program.readiness()).text, JSON.stringify(await program.metrics())];
      const html = await (await fetch(`${program.url}/statusz`)).text();
      const output = program.process.lines.map(({ text }) => text);
      const canaries = [...node.canaries, 'canary-of-the-api-key'];
      expect(seenOf(canaries, [...pages, html, ...output].join('\n'))).toEqual([]);
      expect(findInMemory(program.process.pid, node.canaries)).toEqual([]);
      // What the memory holds would not be in a core dump either.
      expect(readFileSync(`/proc/${program.process.pid}/coredump_filter`, 'utf8').trim()).toBe('00000000');
      await program.process.stop();
    }
  });

  test('writes nothing into the node\u2019s folder', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    const listing = (): string =>
      readdirSync(node.root, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => `${name} ${statSync(join(node.root, name)).mtimeMs} ${statSync(join(node.root, name)).size}`)
        .join('\n');
    const before = listing();
    await stage.putNode('node-1');
    await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir: node.root });
    await stage.ready(program);
    expect(listing()).toBe(before);
  });

  test('has no canary in a heap snapshot or a diagnostic report, taken between two deliveries', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent({ shape: 'classic' });
    const folder = mkdtempSync(join(tmpdir(), 'castai-snapshot-'));
    try {
      await stage.putNode('node-1');
      const options = [
        '--heapsnapshot-signal=SIGHUP',
        `--diagnostic-dir=${folder}`,
        '--report-on-signal',
        '--report-signal=SIGUSR2',
        `--report-directory=${folder}`,
      ];
      await using program = await stage.startProgram({
        nodeName: 'node-1',
        waagentDir: node.root,
        env: { NODE_OPTIONS: options.join(' ') },
      });
      await stage.ready(program);
      const written = async (signal: NodeJS.Signals, suffix: string, end: string): Promise<string> => {
        program.process.signal(signal);
        return eventually({
          what: `a file ${suffix} is complete`,
          look: () => {
            const name = readdirSync(folder).find((one) => one.endsWith(suffix));
            return name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
          },
          until: (text) => text.trimEnd().endsWith(end),
        });
      };
      const snapshot = await written('SIGHUP', '.heapsnapshot', ']}');
      expect(snapshot).toContain('init-data-loop');
      expect(seenOf(node.canaries, snapshot)).toEqual([]);
      const report = await written('SIGUSR2', '.json', '}');
      expect(report).toContain('nodejsVersion');
      expect(seenOf(node.canaries, report)).toEqual([]);
    } finally {
      removeFolder(folder);
    }
  });
});
