/** Everything that can go wrong with a running watch, each on a feed of its own beside all the others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { FaultAction } from '../../fakes/kube-apiserver/faults.ts';
import { FORM_GIVEN_UP } from '@castai/shared/watch/form-given-up.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, newLife, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

const status = (code: number, reason: string, details: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: `a fault was asked for: ${reason}`,
  reason,
  code,
  details,
});
const error = (object: unknown): FaultAction => ({
  type: 'inject',
  afterFrames: 0,
  data: { type: 'ERROR', object },
  thenEnd: true,
});
const inject = (data: unknown): FaultAction => ({ type: 'inject', afterFrames: 0, data });

interface BrokenWatch {
  readonly what: string;
  /** Plural name and group, which are also the name of the feed. */
  readonly resource: string;
  readonly group?: string;
  readonly action: FaultAction;
  /** Watches that it befalls; 1 unless told. */
  readonly times?: number;
  /** What `/statusz` names as the reason of the last restart, and the label of the counter. */
  readonly lastRestart: string;
  readonly label: string;
  /** In protobuf it may be the form that does not come through: the kind is watched as JSON, at once, and nothing is begun again. */
  readonly isOfTheForm?: true;
}

const BROKEN_WATCHES: readonly BrokenWatch[] = [
  {
    what: 'ends at once without a word, three times in a row (C2)',
    resource: 'jobs',
    group: 'batch',
    action: { type: 'cut', afterBytes: 0, how: 'eof' },
    times: 3,
    lastRestart: 'SILENT_END',
    label: 'expired',
  },
  {
    what: 'is reset in the middle of a frame (C3)',
    resource: 'deployments',
    group: 'apps',
    action: { type: 'cut', afterBytes: 100, how: 'rst' },
    lastRestart: 'KUBE_UNREACHABLE',
    label: 'unreachable',
  },
  {
    what: 'sends half a frame and closes the connection',
    resource: 'replicasets',
    group: 'apps',
    action: { type: 'cut', afterBytes: 100, how: 'fin' },
    lastRestart: 'KUBE_UNREACHABLE',
    label: 'unreachable',
  },
  {
    what: 'sends half a frame and ends in good order',
    resource: 'daemonsets',
    group: 'apps',
    action: { type: 'cut', afterBytes: 100, how: 'eof' },
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
    isOfTheForm: true,
  },
  {
    what: 'says in the stream that its history is gone (C7)',
    resource: 'statefulsets',
    group: 'apps',
    action: error(status(410, 'Expired')),
    lastRestart: 'KUBE_EXPIRED',
    label: 'expired',
  },
  {
    what: 'is refused by status because its history is gone (C8)',
    resource: 'poddisruptionbudgets',
    group: 'policy',
    action: { type: 'respond', status: 410, body: status(410, 'Gone') },
    lastRestart: 'KUBE_EXPIRED',
    label: 'expired',
  },
  {
    what: 'ends with an internal error in the stream (C12)',
    resource: 'cronjobs',
    group: 'batch',
    action: error(status(500, 'InternalError')),
    lastRestart: 'KUBE_SERVER_ERROR',
    label: 'broken',
  },
  {
    what: 'ends with a timeout in the stream (C12)',
    resource: 'horizontalpodautoscalers',
    group: 'autoscaling',
    action: error(status(504, 'Timeout')),
    lastRestart: 'KUBE_SERVER_ERROR',
    label: 'broken',
  },
  {
    what: 'ends with "too many requests" in the stream (C12)',
    resource: 'services',
    action: error(status(429, 'TooManyRequests', { retryAfterSeconds: 1 })),
    lastRestart: 'KUBE_THROTTLED',
    label: 'throttled',
  },
  {
    what: 'ends with an error that is no Status (C13)',
    resource: 'nodes',
    action: error({ problem: 'something' }),
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
    isOfTheForm: true,
  },
  {
    what: 'sends an event of a type that nobody knows (C14)',
    resource: 'namespaces',
    action: inject({ type: 'RENAMED', object: { metadata: { name: 'x', resourceVersion: '1' } } }),
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
    isOfTheForm: true,
  },
  {
    what: 'sends a line that is not JSON',
    resource: 'persistentvolumeclaims',
    action: inject('{"type":"ADDED","object":{\n'),
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
    isOfTheForm: true,
  },
  {
    what: 'sends an object without a resourceVersion',
    resource: 'persistentvolumes',
    action: inject({ type: 'ADDED', object: { metadata: { name: 'nowhere', uid: 'nowhere' } } }),
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
  },
  {
    what: 'sends a line of 20 MB (C16)',
    resource: 'pods',
    action: { type: 'oversizedLine', afterFrames: 0, bytes: 20_000_000 },
    lastRestart: 'KUBE_FRAME_TOO_LARGE',
    label: 'broken',
    isOfTheForm: true,
  },
  {
    what: 'sends a bookmark of the past (C18)',
    resource: 'storageclasses',
    group: 'storage.k8s.io',
    action: inject({ type: 'BOOKMARK', object: { kind: 'StorageClass', metadata: { resourceVersion: '1' } } }),
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
    isOfTheForm: true,
  },
  {
    what: 'sends an old state of an object (C20)',
    resource: 'nodepools',
    group: 'karpenter.sh',
    action: inject({
      type: 'MODIFIED',
      object: { metadata: { name: 'general', uid: 'of-an-older-life', resourceVersion: '2' }, spec: { weight: 1 } },
    }),
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
  },
  {
    what: 'is answered by a page that is not JSON',
    resource: 'limitranges',
    action: { type: 'respond', status: 200, headers: { 'content-type': 'text/html' }, body: '<title>Sign in</title>' },
    lastRestart: 'KUBE_STREAM_BROKEN',
    label: 'broken',
    isOfTheForm: true,
  },
];

const HARMLESS_WATCHES = [
  { what: 'comes with every event twice (C19)', resource: 'csinodes', action: { type: 'duplicate' } },
  {
    what: 'comes in drops of twenty bytes (C26)',
    resource: 'ingresses',
    action: { type: 'drip', bytes: 20, everyMs: 0 },
  },
] as const;

describe.each(['auto', 'json'] as const)('READ_ENCODING=%s:', (encoding) => {
  let stage: FakeStage;
  let agent: StagedAgent;

  beforeAll(async () => {
    stage = await startFakeStage({ env: { READ_ENCODING: encoding } });
    for (const { resource, action, times = 1 } of BROKEN_WATCHES) {
      stage.cluster.fake.faults.add({ match: { verb: 'watch', resource, times }, action });
    }
    for (const { resource, action } of HARMLESS_WATCHES) {
      stage.cluster.fake.faults.add({ match: { verb: 'watch', resource, times: 1 }, action });
    }
    agent = await stage.startReadyAgent();
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  function objectsOf(resource: string, group = ''): readonly KubeObject[] {
    const objects = stage.cluster.fake.objects(group === '' ? resource : `${resource}.${group}`);
    if (objects.length === 0) throw new Error(`the sample has no ${resource}`);
    return objects;
  }

  /** Something happens to the feed: the faults that need a frame get one, and the platform has to learn of it in the end. */
  function happen(resource: string, group?: string): void {
    for (const object of objectsOf(resource, group).slice(0, 3)) stage.cluster.fake.update(referenceTo(object), touch);
  }

  describe.concurrent('a watch that', () => {
    test.for(BROKEN_WATCHES.map((broken) => [broken.what, broken] as const))(
      '%s is begun again, and nothing is lost',
      async ([, broken]) => {
        const { resource, group, lastRestart, label, isOfTheForm } = broken;
        const feed = group === undefined ? resource : `${resource}.${group}`;
        happen(resource, group);
        if (isOfTheForm === true && encoding === 'auto') {
          await eventually({
            what: `it is said that ${feed} are read as JSON`,
            look: () =>
              agent.log.filter(
                ({ message, path }) => message === FORM_GIVEN_UP && String(path).endsWith(`/${resource}`),
              ),
            until: ({ length }) => length > 0,
          });
          happen(resource, group);
          expect(await stage.verdict()).toEqual(ALL_WELL);
          expect(await agent.feed(feed)).toMatchObject({ phase: 'live', restarts: 0 });
          return;
        }
        await eventually({
          what: `the feed ${feed} has begun again because of ${lastRestart}`,
          look: () => agent.feed(feed),
          until: (row) => row['lastRestart'] === lastRestart && row['phase'] === 'live',
        });
        happen(resource, group);
        expect(await agent.metric('castai_agent_watch_restarts_total', { feed: feed, reason: label })).toBeGreaterThan(
          0,
        );
        expect(await stage.verdict()).toEqual(ALL_WELL);
      },
    );

    test.for(HARMLESS_WATCHES.map((harmless) => [harmless.what, harmless] as const))(
      '%s does no harm',
      async ([, { resource }]) => {
        const group = { csinodes: 'storage.k8s.io', ingresses: 'networking.k8s.io' }[resource];
        happen(resource, group);
        expect(await stage.verdict()).toEqual(ALL_WELL);
        expect(await agent.feed(`${resource}.${group}`)).toMatchObject({ phase: 'live', restarts: 0 });
      },
    );

    test('deletes what nobody has heard of does no harm (C21)', async () => {
      const { fake } = stage.cluster;
      const metadata = { name: 'x', uid: 'unheard-of', resourceVersion: fake.resourceVersion };
      fake.inject({ type: 'DELETED', object: { metadata } }, 'nodeclaims');
      happen('nodeclaims', 'karpenter.sh');
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(await agent.feed('nodeclaims.karpenter.sh')).toMatchObject({ phase: 'live', restarts: 0 });
    });

    test('ends in good order after a while is begun again where it was (C1)', async () => {
      const { fake } = stage.cluster;
      const listed = stage.cluster.agentRequests({ verb: 'list', resource: 'resourcequotas' }).length;
      for (const watch of fake.watches('resourcequotas')) watch.end();
      happen('resourcequotas');
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(await agent.feed('resourcequotas')).toMatchObject({ phase: 'live', lastRestart: 'ENDED' });
      expect(stage.cluster.agentRequests({ verb: 'list', resource: 'resourcequotas' }).length).toBe(listed);
    });

    test('was away while objects were deleted and made anew under their names learns both lives apart (C22)', async () => {
      const { fake } = stage.cluster;
      const [first, second] = objectsOf('roles', 'rbac.authorization.k8s.io') as [KubeObject, KubeObject];
      for (const watch of fake.watches('roles')) watch.reset();
      for (const role of [first, second, first]) {
        fake.delete(referenceTo(role));
        fake.create(newLife(role));
      }
      expect(await stage.verdict()).toEqual(ALL_WELL);
    });

    test('brings an object of more than a megabyte', async () => {
      const { fake } = stage.cluster;
      const [binding] = objectsOf('rolebindings', 'rbac.authorization.k8s.io') as [KubeObject];
      fake.update(referenceTo(binding), (object) => {
        object.metadata['annotations'] = { 'example.com/large': 'x'.repeat(1_200_000) };
        touch(object);
      });
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(await agent.feed('rolebindings.rbac.authorization.k8s.io')).toMatchObject({ restarts: 0 });
    });
  });

  test('what went wrong is told in the list of what was met lately, and harmless restarts are no problem', async () => {
    expect(await agent.problems()).toEqual(
      expect.arrayContaining(['services: KUBE_THROTTLED', 'poddisruptionbudgets.policy: KUBE_EXPIRED']),
    );
    expect((await agent.health()).problems).toEqual([]);
  });
});
