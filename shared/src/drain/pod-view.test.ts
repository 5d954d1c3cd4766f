import { expect, test } from 'vitest';
import { parseKubeJson } from '../kube/json/parse-kube-json.ts';
import { recordIn } from '../kube/read-value.ts';
import { type PodView, viewPod } from './pod-view.ts';

const PLAIN: PodView = {
  namespace: 'default',
  name: 'app',
  uid: 'uid-app',
  graceSeconds: 30,
  isSystem: false,
  isEnding: false,
  isOver: false,
  isStatic: false,
  isDaemon: false,
  isTolerant: false,
  lineage: 'default/app',
};

test('what matters of a pod is read, each thing from its own place', () => {
  const f = (part: { metadata?: object; spec?: object; status?: object }, expected: Partial<PodView>): void => {
    const { metadata, spec, status } = part;
    const object = { metadata: { namespace: 'default', name: 'app', uid: 'uid-app', ...metadata }, spec, status };
    expect(viewPod(object)).toEqual({ ...PLAIN, ...expected });
  };
  f({}, {});
  f({ spec: { terminationGracePeriodSeconds: 600 } }, { graceSeconds: 600 });
  const forEver = recordIn(parseKubeJson('{"terminationGracePeriodSeconds":9223372036854775807}'));
  f({ spec: forEver }, { graceSeconds: 2 ** 63 });
  f({ spec: { terminationGracePeriodSeconds: 0 } }, { graceSeconds: 0 });
  f({ spec: { priority: 2_000_000_000 } }, { isSystem: true });
  f({ spec: { priority: 1_999_999_999 } }, {});
  f({ metadata: { deletionTimestamp: '2026-04-11T12:00:00Z' } }, { isEnding: true });
  f({ status: { phase: 'Succeeded' } }, { isOver: true });
  f({ status: { phase: 'Failed' } }, { isOver: true });
  f({ status: { phase: 'Running' } }, {});
  f({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }, { isStatic: true });
  f({ metadata: { ownerReferences: [{ kind: 'ReplicaSet', controller: true }, { kind: 'DaemonSet' }, null] } }, {});
  f({ metadata: { ownerReferences: [{ kind: 'Node', controller: true }] } }, { isStatic: true });
  for (const kind of ['DaemonSet', 'ExtendedDaemonSetReplicaSet', 'AdvancedDaemonSet']) {
    f({ metadata: { ownerReferences: [{ kind, controller: true }] } }, { isDaemon: true });
  }
  f(
    { metadata: { ownerReferences: [{ uid: 'other' }, { kind: 'ReplicaSet', controller: true, uid: 'rs' }] } },
    { lineage: 'rs' },
  );
  f({ metadata: { ownerReferences: [{ kind: 'Operator', uid: 'op' }] } }, { lineage: 'op' });
  f({ spec: { tolerations: [{ operator: 'Exists' }] } }, { isTolerant: true });
  f({ spec: { tolerations: [{ key: '', operator: 'Exists', effect: 'NoSchedule' }] } }, { isTolerant: true });
  f(
    { spec: { tolerations: [{ operator: 'Exists', effect: 'NoExecute' }, null, { key: 'a', operator: 'Exists' }] } },
    {},
  );
  f({ spec: { tolerations: {} } }, {});
});

test('what is no pod is none', () => {
  const values = [undefined, 'pod', [], {}, { metadata: null }, { metadata: { name: 'app' } }];
  expect(values.map(viewPod)).toEqual(values.map(() => undefined));
});
