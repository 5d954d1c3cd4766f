/**
 * Protobuf that does not come through: whatever stands between agent and API server, or is wrong with the server, each collection is read as JSON by itself
 * then, with one line, and the platform has everything.
 */
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { FaultAction } from '../../fakes/kube-apiserver/faults.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { type FakeStage, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

const PODS = { resource: 'pods' };
const LINE = 'protobuf does not come through: these objects are read as JSON from now on';
const PAGE = '<html><body>Your request was blocked.</body></html>';
const HTML = { 'content-type': 'text/html' };

/** What is done to answers to those who ask for protobuf, and for how many requests they go on asking. */
const FAULTS: readonly (readonly [name: string, action: FaultAction, most: number])[] = [
  ['a firewall that does not let the type pass', { type: 'respond', status: 403, headers: HTML, body: PAGE }, 1],
  ['a proxy that has a page for everything', { type: 'respond', status: 200, headers: HTML, body: PAGE }, 1],
  ['415', { type: 'respond', status: 415, headers: HTML, body: PAGE }, 1],
  ['406', { type: 'respond', status: 406, body: 'only the following media types are accepted: application/json' }, 1],
  [
    '400 with a Status in protobuf',
    {
      type: 'respond',
      status: 400,
      body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'BadRequest', code: 400, message: 'no' },
    },
    1,
  ],
  ['a mesh that takes it for text', { type: 'asText' }, 1],
  ['lists that end in the middle of an object', { type: 'cut', afterBytes: 3000, how: 'eof' }, 2],
  ['connections that are reset in the middle of a list', { type: 'cut', afterBytes: 3000, how: 'rst' }, 3],
  ['connections that are closed in the middle of a list', { type: 'cut', afterBytes: 3000, how: 'fin' }, 3],
];

/** How often the agent asked for pods in this form, but for the question which version is the newest. */
function asked({ cluster }: FakeStage, form: 'protobuf' | 'json', verb: 'list' | 'watch'): number {
  return cluster
    .agentRequests({ ...PODS, verb })
    .filter(({ accept, query }) => accept.includes('protobuf') === (form === 'protobuf') && query['limit'] !== '1')
    .length;
}

/** Lines that say so. */
const given = ({ log }: StagedAgent): unknown[] =>
  log.filter(({ message }) => message === LINE).map(({ path }) => path);

/** Changes a pod, and waits until a watch in this form was asked for. */
async function untilWatched(stage: FakeStage, form: 'protobuf' | 'json'): Promise<void> {
  await eventually({
    what: `pods are watched as ${form}`,
    look: () => asked(stage, form, 'watch'),
    until: (count) => count > 0,
  });
}

describe.concurrent('pods whose protobuf meets', () => {
  test.each(FAULTS)('%s are listed as JSON', async (_, action, most) => {
    await using stage = await startFakeStage();
    stage.cluster.fake.faults.add({ match: { ...PODS, verb: 'list', accept: 'protobuf' }, action });
    const agent = await stage.startReadyAgent();
    await untilWatched(stage, 'json');
    expect(asked(stage, 'protobuf', 'list')).toBe(most);
    expect(given(agent)).toEqual(['/api/v1/pods']);
    for (const pod of stage.cluster.fake.objects('pods').slice(0, 3))
      stage.cluster.fake.update(referenceTo(pod), touch);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    // All the others are read as before.
    expect(asked(stage, 'protobuf', 'watch')).toBe(0);
    expect(stage.cluster.agentRequests({ resource: 'nodes', verb: 'watch' }).map(({ accept }) => accept)).toEqual([
      'application/vnd.kubernetes.protobuf, application/json',
    ]);
  });

  test.each([
    ['a firewall', { type: 'respond', status: 403, headers: HTML, body: PAGE }],
    ['a mesh that takes it for text', { type: 'asText' }],
    ['ends in the middle of an event', { type: 'cut', afterBytes: 700, how: 'eof' }],
  ] as const satisfies readonly (readonly [string, FaultAction])[])(
    '%s while they are watched are watched as JSON',
    async (_, action) => {
      await using stage = await startFakeStage();
      const { fake } = stage.cluster;
      fake.faults.add({ match: { ...PODS, verb: 'watch', accept: 'protobuf' }, action });
      const agent = await stage.startReadyAgent();
      await untilWatched(stage, 'protobuf');
      // Somebody goes on changing things: what is wrong with events shows with an event.
      fake.churn.run(50);
      await untilWatched(stage, 'json');
      await eventually({ what: 'it is said', look: () => given(agent), until: ({ length }) => length > 0 });
      fake.churn.run(0);
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(given(agent)).toEqual(['/api/v1/pods']);
      expect(asked(stage, 'protobuf', 'watch')).toBeLessThanOrEqual(2);
    },
  );
});

test('a right that is missing is told in protobuf, and is no reason to give it up', async () => {
  await using stage = await startFakeStage();
  const user = 'system:serviceaccount:castai-agent:castai-agent';
  const allow = stage.cluster.fake.access.deny({ user, resource: 'pods' });
  const agent = await stage.startAgent();
  await eventually({
    what: 'pods are forbidden',
    look: () => agent.feed('pods'),
    until: ({ phase }) => phase === 'forbidden',
  });
  allow();
  expect(given(agent)).toEqual([]);
  expect(asked(stage, 'json', 'list')).toBe(0);
});

test('READ_ENCODING=json asks nobody for protobuf, and the platform has everything', async () => {
  await using stage = await startFakeStage({ env: { READ_ENCODING: 'json' } });
  await stage.startReadyAgent();
  for (const pod of stage.cluster.fake.objects('pods').slice(0, 3)) stage.cluster.fake.update(referenceTo(pod), touch);
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(stage.cluster.agentRequests({}).filter(({ accept }) => accept.includes('protobuf'))).toEqual([]);
});
