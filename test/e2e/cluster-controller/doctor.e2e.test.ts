/** What an operator is told of the controller: by its doctor, and by its page while it runs. */
import { eventually } from '@castai/shared/testing/eventually.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { ActionsHub } from '../../fakes/actions-hub.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { startProgram } from '../../stages/child-program.ts';

interface Report {
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly detail: string }[];
}

class Place implements AsyncDisposable {
  readonly authority = new TestAuthority();
  readonly kube: FakeKubeApiserver;
  readonly hub: ActionsHub;

  static async start(): Promise<Place> {
    return new Place(await ActionsHub.start(), await FakeKubeApiserver.start());
  }

  private constructor(hub: ActionsHub, kube: FakeKubeApiserver) {
    this.hub = hub;
    this.kube = kube;
    kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'castai-agent' } });
  }

  get env(): Record<string, string> {
    const user = { name: 'u', user: { token: FAKE_TOKEN } };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: this.kube.url } }],
      users: [user],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    return {
      API_KEY: 'canary-key-0001',
      API_URL: this.hub.url.href,
      CLUSTER_ID: 'c-1',
      POD_NAMESPACE: 'castai-agent',
      LEADER_ELECTION: 'true',
      KUBECONFIG: this.authority.write('kubeconfig', JSON.stringify(config)),
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: '0',
    };
  }

  start(args: readonly string[], env: Record<string, string> = {}) {
    const entry = sourceOf(findProgram('cluster-controller'));
    return startProgram({ name: 'cluster-controller', entry, args, env: { ...this.env, ...env } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub[Symbol.asyncDispose]();
    await this.kube.stop({ force: true });
    this.authority[Symbol.dispose]();
  }
}

test('the doctor finds nothing where all is well, and names kind and right where one is missing', async () => {
  await using place = await Place.start();
  const look = async (): Promise<[number | null, string[]]> => {
    await using doctor = place.start(['doctor', '--json']);
    const { code } = await doctor.exit;
    const text = doctor.lines.filter(({ stream }) => stream === 'stdout').map((line) => line.text);
    const { findings } = JSON.parse(text.join('\n')) as Report;
    expect(text.join('')).not.toContain('canary');
    return [code, findings.map(({ id, severity }) => `${severity} ${id}`)];
  };
  const ofCluster = ['ok config', 'ok api-server', 'ok records', 'ok lease', 'ok rights'];
  const well = [...ofCluster, 'ok platform', 'ok api-key', 'ok clock'];
  expect(await look()).toEqual([0, well]);
  const give = place.kube.access.deny({ verb: 'delete', resource: 'nodes' }, { verb: 'patch', resource: 'nodes' });
  const [refusedCode, refused] = await look();
  expect([refusedCode, refused.filter((line) => !line.startsWith('ok'))]).toEqual([
    2,
    ['problem rights/drainNode', 'problem rights/deleteNode', 'problem rights/patchNode'],
  ]);
  give();
  place.kube.faults.add({
    match: { resource: 'selfsubjectaccessreviews', times: 1 },
    action: { type: 'respond', status: 503 },
  });
  const [code, found] = await look();
  expect([code, found.filter((line) => !line.startsWith('ok'))]).toEqual([
    2,
    ['problem api-server', 'skipped records', 'skipped rights'],
  ]);
  // Nobody was told anything, and nothing was made.
  expect([place.hub.acks, place.kube.objects('configmaps')]).toEqual([[], []]);
});

test('the page says in one word how it is, and why', async () => {
  await using place = await Place.start();
  await using program = place.start([], { API_URL: 'http://127.0.0.1:1' });
  const { port } = await program.waitForJson<{ message: string; port: number }>(
    ({ message }) => message === 'cluster controller started',
  );
  const page = await eventually({
    what: 'it is degraded',
    look: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/statusz?format=json`);
      return (await answer.json()) as { verdict?: { state: string; cause: string } };
    },
    until: ({ verdict }) => verdict?.cause === 'platform',
  });
  expect(page.verdict?.state).toBe('degraded');
});
