import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseOptions } from '@castai/shared/config/env.ts';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { startProgram } from '@castai/shared/program/start-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { ActionsHub } from '@castai/test/fakes/actions-hub.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SWITCH_NAME } from './claim/kill-switch.ts';
import { runClusterController } from './cluster-controller.ts';
import { CONTROLLER_OPTIONS } from './config.ts';

const KEY = 'canary-key-0001';

class FakeProcess extends EventEmitter {
  readonly env: Record<string, string | undefined>;
  exitCode: number | undefined;
  readonly stdout = {};
  readonly stderr = { write: () => true };

  constructor(env: Readonly<Record<string, string>>) {
    super();
    this.env = { ...env };
  }
}

let authority: TestAuthority;
let kube: FakeKubeApiserver;
let hub: ActionsHub;
beforeEach(async () => {
  authority = new TestAuthority();
  const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'kube-apiserver' });
  kube = await FakeKubeApiserver.start({ tls: { cert, key } });
  kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'castai-agent' } });
  hub = await ActionsHub.start();
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await kube.stop({ force: true });
  authority[Symbol.dispose]();
});

/** The whole program in this process, with real connections. */
function start(variables: Readonly<Record<string, string>> = {}, clock: Clock = systemClock) {
  authority.write('token', FAKE_TOKEN);
  const dir = dirname(authority.write('ca.crt', authority.certPem));
  const { hostname, port } = new URL(kube.url);
  const host = new FakeProcess({
    API_KEY: KEY,
    API_URL: hub.url.href,
    CLUSTER_ID: 'c-1',
    POD_NAMESPACE: 'castai-agent',
    SERVICE_ACCOUNT_DIR: dir,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    ADMIN_HOST: '127.0.0.1',
    ADMIN_PORT: '0',
    ...variables,
  });
  const lines: string[] = [];
  const ended = startProgram(
    host,
    {
      name: 'castai-cluster-controller',
      version: '1.2.3',
      readConfig: (source) => parseOptions(CONTROLLER_OPTIONS, { ...source, prefixes: ['CASTAI_'] }),
      run: runClusterController,
    },
    {
      clock,
      random: () => 0,
      readFile: (path) => readFileSync(path, 'utf8'),
      createId: () => 'id-1',
      destination: { write: (line: string) => void lines.push(line) },
    },
  );
  const messages = (): string[] => lines.map((line) => (JSON.parse(line) as { message: string }).message);
  return {
    lines,
    messages,
    stop: async () => {
      host.emit('SIGTERM');
      await ended;
      // Node ends with 0 where nothing else was said.
      return host.exitCode ?? 0;
    },
    get: async (path: string): Promise<{ status: number; text: string }> => {
      const line = await eventually({
        what: 'it has started',
        look: () => lines.find((one) => one.includes('cluster controller started')),
        until: (found) => found !== undefined,
      });
      const { port: own } = JSON.parse(line ?? '') as { port: number };
      const answer = await fetch(`http://127.0.0.1:${own}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const addNode = (): void => {
  const labels = { 'provisioner.cast.ai/node-id': 'id-1' };
  kube.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n-1', labels }, spec: {}, status: {} });
};
const patch = { actionPatchNode: { nodeName: 'n-1', nodeId: 'id-1', labels: { a: '1' } } };
const deletions = (): number => kube.requests.count({ verb: 'delete', resource: 'pods' });
const label = (): unknown =>
  (
    kube.get({ apiVersion: 'v1', kind: 'Node', name: 'n-1' })?.metadata['labels'] as Record<string, string> | undefined
  )?.['a'];

describe('the program', () => {
  it('does what it is asked as the leader, tells it, and ends as asked', async () => {
    addNode();
    hub.ask('p-1', patch);
    const program = start({ LEADER_ELECTION: 'true', POD_NAME: 'pod-a' });
    await eventually({ what: 'it is acknowledged', look: () => hub.acksOf('p-1'), until: (acks) => acks.length > 0 });
    expect([hub.acksOf('p-1'), label()]).toEqual([[null], '1']);
    const ready = await program.get('/readyz');
    const { text: metrics } = await program.get('/metrics');
    const { text: page } = await program.get('/statusz');
    expect([ready.status, page.includes('p-1'), page.includes(KEY)]).toEqual([200, true, false]);
    expect(metrics).toContain('castai_cluster_controller_actions_finished_total{kind="patchNode",outcome="done"} 1');
    expect(metrics).toContain('castai_cluster_controller_leader 1');
    expect(await program.stop()).toBe(0);
    expect(program.lines.join('')).not.toContain(KEY);
    expect(program.messages()).toContain('patchNode is done');
  });

  it('of a dry run has everything judged, stores nothing, and acknowledges nothing', async () => {
    addNode();
    hub.ask('p-1', patch);
    const program = start({ DRY_RUN: 'true' });
    await eventually({
      what: 'it would be acknowledged',
      look: () => program.messages(),
      until: (all) => all.includes('dry run: would be acknowledged'),
    });
    expect(hub.acks).toEqual([]);
    const written = kube.requests
      .entries()
      .filter(({ method, query }) => method !== 'GET' && query['dryRun'] !== 'All');
    expect(written).toEqual([]);
    expect(kube.requests.entries({ verb: 'patch', resource: 'nodes' })).toHaveLength(1);
    expect(await program.stop()).toBe(0);
  });

  it('defect 16: is alive and ready while the platform is away, and says that it is', async () => {
    const program = start({ LEADER_ELECTION: 'true', API_URL: 'http://127.0.0.1:1' });
    await eventually({
      what: 'the page says so',
      look: () => program.get('/statusz'),
      until: ({ text }) => text.includes('ECONNREFUSED'),
    });
    const [live, ready, page] = await Promise.all(['/healthz', '/readyz', '/statusz'].map((path) => program.get(path)));
    expect([live?.status, ready?.status, page?.text.includes('ECONNREFUSED')]).toEqual([200, 200, true]);
    expect(await program.stop()).toBe(0);
  });

  it('that goes on with a drain of another whose clock was an hour behind forces nothing before its time', async () => {
    addNode();
    const spec = { nodeName: 'n-1', containers: [] };
    kube.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'kept', namespace: 'default' }, spec });
    const details = { causes: [{ reason: 'DisruptionBudget' }] };
    const body = { kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'no', details };
    kube.faults.add({ match: { verb: 'create', resource: 'pods' }, action: { type: 'respond', status: 429, body } });
    const ids = { nodeName: 'n-1', nodeId: 'id-1' };
    hub.ask('d-1', { actionDrainNode: { ...ids, drainTimeoutSeconds: 600, force: true } });
    const evictions = (): number => kube.requests.count({ verb: 'create', resource: 'pods' });
    const first = start();
    await eventually({ what: 'a budget holds it up', look: evictions, until: (count) => count > 0 });
    expect(await first.stop()).toBe(0);
    const before = evictions();
    const second = start({}, { ...systemClock, now: () => Date.now() + 3_600_000 });
    await eventually({
      what: 'it goes on, or forces',
      look: () => evictions() + deletions(),
      until: (n) => n > before,
    });
    expect(deletions()).toBe(0);
    // What it tells of the node stands beside what others tell, and so in the time of the API server.
    const events = await eventually({
      what: 'both have told of it',
      look: () => kube.objects('events').filter(({ reason }) => reason === 'Draining'),
      until: (all) => all.length > 1,
    });
    expect(await second.stop()).toBe(0);
    const times = events.map(({ firstTimestamp }) => Math.abs(Date.parse(String(firstTimestamp)) - Date.now()));
    expect(Math.max(...times)).toBeLessThan(1_800_000);
  });

  it('is not ready while it cannot use its lease', async () => {
    kube.faults.add({ match: { resource: 'leases' }, action: { type: 'respond', status: 403 } });
    const program = start({ LEADER_ELECTION: 'true' });
    await eventually({
      what: 'it says so',
      look: () => program.get('/readyz'),
      until: ({ text }) => text.includes('403'),
    });
    expect(hub.requests).toEqual([]);
    expect(await program.stop()).toBe(0);
  });

  it('defect 12: asks the platform for nothing but actions while there is nothing to do, and names its cluster and version', async () => {
    const program = start();
    await eventually({ what: 'it polls twice', look: () => hub.requests.length, until: (count) => count > 1 });
    const seen = hub.requests.map(({ method, url, headers }) => [
      method,
      url,
      headers['x-api-key'],
      headers['user-agent'],
    ]);
    const poll = ['GET', '/v1/kubernetes/clusters/c-1/actions', KEY, 'castai-cluster-controller/1.2.3'];
    expect(seen).toEqual(seen.map(() => poll));
    expect(await program.stop()).toBe(0);
  });

  it('defect 12: tells the platform the warnings of its log, at the latest when it ends, and nothing of what goes well', async () => {
    addNode();
    hub.ask('p-1', patch);
    hub.ask('d-1', { actionChartUpsert: {} });
    const program = start({ POD_NAME: 'pod-a', CASTAI_SOMETHING: 'canary-of-a-value' });
    await eventually({
      what: 'both are acknowledged',
      look: () => hub.acks.length,
      until: (count) => count > 1,
    });
    expect(await program.stop()).toBe(0);
    const fields = { program: 'castai-cluster-controller', pod: 'pod-a', instanceId: 'id-1' };
    const line = { level: 'warning', time: expect.any(String) as string };
    expect(hub.lines).toEqual([
      { ...line, message: 'CASTAI_SOMETHING is set, but there is no such option', fields },
      {
        ...line,
        message: 'unusable failed',
        fields: { ...fields, action: 'd-1', code: 'unsupported', durationMs: expect.any(String) as string },
      },
    ]);
    const sent = hub.requests.find(({ url }) => url.endsWith('/logs'));
    expect([sent?.method, sent?.url, sent?.headers['x-api-key']]).toEqual([
      'POST',
      '/v1/kubernetes/clusters/c-1/actions/logs',
      KEY,
    ]);
  });

  it('tells the platform no line where that is not wanted, by option or by switch, nor of a dry run', async () => {
    const data = { logs: 'false' };
    const quiet = async (env: Readonly<Record<string, string>>): Promise<void> => {
      const program = start({ CASTAI_SOMETHING: 'x', ...env });
      await eventually({ what: 'it polls', look: () => hub.requests.length, until: (count) => count > 0 });
      expect(await program.stop()).toBe(0);
      expect(program.messages().join()).toContain('CASTAI_SOMETHING is set');
    };
    await quiet({ SEND_LOGS: 'false' });
    await quiet({ DRY_RUN: 'true' });
    const metadata = { name: SWITCH_NAME, namespace: 'castai-agent' };
    kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await quiet({});
    expect(hub.lines).toEqual([]);
  });
});
