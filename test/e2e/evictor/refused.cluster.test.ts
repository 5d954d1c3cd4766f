/** What random clusters hardly ever hold: the real scheduler refuses it, so the evictor must not plan it; and takes what is nearly the same. */
import { simulate } from '@castai/evictor/simulate/simulate.ts';
import { stateOf } from '@castai/evictor/testing/state-of.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JudgedCluster } from './judged/judged-cluster.ts';
import { nodeOf, PlayedPods } from './judged/played-pods.ts';

const POLICY = { isAggressive: true, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };

const KEPT = { 'autoscaling.cast.ai/removal-disabled': 'true' };

let cluster: JudgedCluster;
beforeAll(async () => {
  cluster = await JudgedCluster.start();
}, 180_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** A pod, and the only node that it could come to. */
interface Case {
  readonly labels?: Record<string, string>;
  readonly objects?: readonly KubeObject[];
  readonly spec: Record<string, unknown>;
}

test.each<readonly [name: string, of: (isRefused: boolean) => Case]>([
  [
    'a label beyond 64 bits is no number',
    (isRefused) => ({
      labels: { serial: isRefused ? '9223372036854775808' : '9223372036854775807' },
      spec: { affinity: nodeAffinity({ key: 'serial', operator: 'Gt', values: ['9'] }) },
    }),
  ],
  [
    'a node that does not declare that it restarts all containers of a pod',
    (isRefused) => ({ spec: { containers: [restarting(isRefused ? 'RestartAllContainers' : 'Restart')] } }),
  ],
  [
    'a node of whose drivers nothing is said, where a driver keeps pods off those',
    (isRefused) => ({
      objects: [driver('disk.example.com'), ...(isRefused ? [] : [csiNode('disk.example.com', 1)]), ...volume(csi)],
      spec: { volumes: [data] },
    }),
  ],
  [
    'a node that takes no more disks of the driver by which one from before CSI is attached',
    (isRefused) => ({
      objects: [csiNode('ebs.csi.aws.com', isRefused ? 0 : 1), ...volume({ awsElasticBlockStore: { volumeID: 'v' } })],
      spec: { volumes: [data] },
    }),
  ],
])('%s', { timeout: 120_000 }, async (_name, of) => {
  for (const isRefused of [true, false]) {
    const { labels = {}, objects = [], spec } = of(isRefused);
    const pods = new PlayedPods(cluster);
    await cluster.create([node('there', { ...labels, ...KEPT }), ...objects]);
    await pods.make([pod(spec)]);
    const [waiting] = await pods.settled();
    expect(waiting && nodeOf(waiting)).toBe(isRefused ? '' : 'there');
    // It is on another node, and has to go.
    const state = (await cluster.state()).filter(({ kind }) => kind !== 'Pod');
    const removal = simulate({
      state: stateOf([...state, node('home', labels), pod({ ...spec, nodeName: 'home' })]),
      policy: POLICY,
      nowMs: Date.now(),
    });
    const going = removal.removable.map((one) => one.node.name);
    expect(going).toEqual(isRefused ? [] : ['home']);
    await cluster.clear(['Pod', 'Node', 'CSINode', 'PersistentVolumeClaim', 'PersistentVolume', 'CSIDriver']);
  }
});

function node(name: string, labels: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, labels },
    spec: {},
    status: { allocatable: { cpu: '4', memory: '4', pods: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function pod(spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'shop',
      uid: 'p',
      annotations: { 'autoscaling.cast.ai/disposable': 'true' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'p', uid: 'r', controller: true }],
    },
    spec: { containers: [{ name: 'main', image: 'none' }], ...spec },
  };
}

function nodeAffinity(requirement: object): object {
  const nodeSelectorTerms = [{ matchExpressions: [requirement] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

function restarting(action: string): object {
  const restartPolicyRules = [{ action, exitCodes: { operator: 'In', values: [42] } }];
  return { name: 'main', image: 'none', restartPolicy: 'Never', restartPolicyRules };
}

function driver(name: string): KubeObject {
  const spec = { preventPodSchedulingIfMissing: true };
  return { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name }, spec };
}

function csiNode(name: string, count: number): KubeObject {
  const drivers = [{ name, nodeID: 'there', topologyKeys: [], allocatable: { count } }];
  return { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: 'there' }, spec: { drivers } };
}

const csi = { csi: { driver: 'disk.example.com', volumeHandle: 'd' } };
const data = { name: 'data', persistentVolumeClaim: { claimName: 'd' } };

function volume(source: object): KubeObject[] {
  const accessModes = ['ReadWriteOnce'];
  const claimRef = { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'd' };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'd' },
      spec: { capacity: { storage: '1' }, accessModes, claimRef, ...source },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'd', namespace: 'shop', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { accessModes, volumeName: 'd', storageClassName: '', resources: { requests: { storage: '1' } } },
      status: { phase: 'Bound' },
    },
  ];
}
