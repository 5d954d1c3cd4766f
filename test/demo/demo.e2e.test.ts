import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { expect, test } from 'vitest';
import { PlatformControl } from '../platform-rig/client.ts';
import { writeKubeconfig } from '../cluster/cluster-files.ts';
import { startProgram } from '../stages/child-program.ts';

const DEMO = join(import.meta.dirname, 'main.ts');
const SMALL = ['--nodes', '10', '--pods', '200'];

const isCordoned = ({ spec }: { readonly spec?: { readonly unschedulable?: boolean } }): boolean =>
  spec?.unschedulable === true;

const startDemo = (...args: string[]) => startProgram({ entry: DEMO, name: 'the demo', args });

test('the demo streams a cluster that changes, compares every object and says so in one line', async () => {
  await using demo = startDemo('--once', '--json', ...SMALL);
  const result = await demo.waitForJson();
  expect(result).toEqual({
    objects: expect.any(Number),
    batches: result['received'],
    received: result['processed'],
    processed: expect.any(Number),
    bytesOnWire: expect.any(Number),
    equal: true,
    seconds: expect.any(Number),
    peakRssMiB: expect.any(Number),
  });
  expect(result['objects']).toBeGreaterThan(300);
  expect(result['processed']).toBeGreaterThan(2);
  expect(await demo.exit).toEqual({ code: 0, signal: null });
});

test('the demo compares every object over the existing agents’ wire as well', async () => {
  await using demo = startDemo('--once', '--json', '--wire', 'agent-deltas', ...SMALL);
  const result = await demo.waitForJson();
  expect(result).toMatchObject({ equal: true, batches: result['received'], received: result['processed'] });
  expect(result['objects']).toBeGreaterThan(300);
  expect(await demo.exit).toEqual({ code: 0, signal: null });
});

test('the demo runs until it is told to stop', async () => {
  await using demo = startDemo(...SMALL);
  await demo.waitForLine((text) => /^(?<n>[1-9]\d*)\/\k<n> feeds synced · /u.test(text));
  expect(await demo.stop('SIGINT')).toEqual({ code: 0, signal: null });
});

test('the demo says which nodes could go, and where the page says why', async () => {
  await using demo = startDemo(...SMALL);
  await demo.waitForLine((text) =>
    /^evictor {4}\d+ of 10 nodes could go \([\d.]+ cores\), \d+ must be renewed$/u.test(text),
  );
  const told = await demo.waitForLine((text) => text.includes('?view=evictor'));
  const page = new URL(told.slice(told.indexOf('http')));
  const cluster = page.searchParams.get('cluster') ?? '';
  const answer = await eventually({
    what: 'the page has the report',
    look: async () => (await fetch(`${page.origin}/_page/evictor?cluster=${cluster}`)).json(),
    until: (report) => report !== null,
  });
  expect(answer).toMatchObject({ nodes: 10, going: expect.any(Number) as number });
  expect(await demo.stop('SIGINT')).toEqual({ code: 0, signal: null });
});

test('a node of the demo is drained from its page', async () => {
  await using demo = startDemo(...SMALL);
  const told = await demo.waitForLine((text) => text.startsWith('controller '));
  const page = new URL(told.slice(told.indexOf('http')));
  const [cluster = '', node = ''] = ['cluster', 'node'].map((name) => page.searchParams.get(name) ?? '');
  const asked = await fetch(`${page.origin}/clusters/${cluster}/actions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: page.origin, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ node, action: 'drain' }),
  });
  expect(asked.status).toBe(201);
  const seen = await eventually({
    what: 'the page says what came of it',
    look: async () => {
      const answer = await fetch(`${page.origin}/_page/actions?cluster=${cluster}&node=${node}`);
      return (await answer.json()) as { rows: { name: string; state: string }[] };
    },
    until: ({ rows }) => rows.every(({ state }) => !state.endsWith('the cluster controller')),
    timeoutMs: 120_000,
  });
  expect(seen.rows).toMatchObject([{ name: 'drain', state: 'done' }]);
  await demo.waitForLine((text) => text === `controller drain of ${node}: done`);
  expect(await demo.waitForLine((text) => text.includes('are left on it'))).toMatch(
    /^ +0 pods, and \d+ of DaemonSets, are left on it; its page has the history$/u,
  );
  await eventually({
    what: 'the platform knows that the node is cordoned',
    look: async () => new PlatformControl(page.origin).allObjects({ cluster, feed: 'nodes' }),
    until: (nodes) => nodes.some(({ name, body }) => name === node && isCordoned(body)),
  });
  expect(await demo.stop('SIGINT')).toEqual({ code: 0, signal: null });
});

test('the demo ends with the reason when one of its programs does', async () => {
  await using demo = startDemo(...SMALL);
  await demo.waitForLine((text) => text.startsWith('agent'));
  const children = readFileSync(`/proc/${demo.pid}/task/${demo.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const isPlatform = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('platform-rig/main.ts');
  process.kill(children.find(isPlatform) ?? Number.NaN, 'SIGKILL');
  await demo.waitForLine((text) => text === 'the platform ended (SIGKILL); its last lines:');
  expect(await demo.exit).toEqual({ code: 1, signal: null });
});

test('the demo ends with the reason when it cannot read the cluster', async () => {
  await using demo = startDemo('--once', '--kubeconfig', join(import.meta.dirname, 'main.ts'));
  expect(await demo.exit).toEqual({ code: 1, signal: null });
  expect(demo.lines.at(-1)?.text).toContain('it is not the YAML of a kubeconfig');
});

test('what cannot come to anything ends the demo at once, in the words of the agent’s doctor', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'castai-demo-test-'));
  try {
    const kubeconfig = await writeKubeconfig(folder, { url: 'http://127.0.0.1:1', token: 'x' });
    await using demo = startDemo('--kubeconfig', kubeconfig);
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    const said = demo.lines.map(({ text }) => text).join('\n');
    expect(said).toContain('The agent could not work here. Its doctor says:\n  api-server: ');
    expect(said).toMatch(/ECONNREFUSED.*\n {4}→ /u);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a port that another program has is named, with what to give', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await using demo = startDemo('--port', String(port), ...SMALL);
  expect(await demo.exit).toEqual({ code: 1, signal: null });
  expect(demo.lines.at(-1)?.text).toBe(`port ${port} is in use: give another with --port`);
  other.close();
});

test('a wrong argument ends the demo at once with what to give', async () => {
  await using demo = startDemo('--pods', 'many');
  expect(await demo.exit).toEqual({ code: 2, signal: null });
  expect(demo.lines.map(({ text }) => text)).toEqual([
    '--pods is "many": give a whole number from 0 to 1000000',
    'See npm run demo -- --help',
  ]);
});

test('the demo shows an interruption on the node and at the platform, and how it is taken back', async () => {
  await using demo = startDemo('--spot', ...SMALL);
  await demo.waitForLine((text) => /^spot {7}after [\d.]+ s the node is cordoned, labelled and tainted$/u.test(text));
  await demo.waitForLine((text) => /^spot {7}after [\d.]+ s the platform knows/u.test(text));
  await demo.waitForLine((text) => text === 'spot       the event was cancelled: the node is as it was');
  expect(await demo.stop('SIGINT')).toEqual({ code: 0, signal: null });
});

test('the demo shows a sealed delivery of AKS init data at the platform, with sizes and no content', async () => {
  await using demo = startDemo('--aks', ...SMALL);
  const line = await demo.waitForLine((text) => text.includes('the platform has opened'));
  expect(line).toMatch(
    /pool1 (?:amd64|arm64): sealed to demo, startup, CustomData \d+ B, settings \d+ B, fingerprint [\da-f]{8}$/u,
  );
  expect(demo.lines.map(({ text }) => text).join('\n')).not.toContain('canary');
  expect(await demo.stop('SIGINT')).toEqual({ code: 0, signal: null });
});
