import { expect, test } from 'vitest';
import { node } from '../testing/objects.ts';
import { type NodeRecord, readNode } from '../view/node-record.ts';
import { viewInterners } from '../view/view-interners.ts';
import { hearVersion, NOTHING_HEARD } from './believed-version.ts';
import { type DriftInput, judgeDrift } from './judge-drift.ts';
import { updateMixedSince } from './pool-evenness.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z');
const DAY = 86_400_000;
const IMAGE = 'kubernetes.azure.com/node-image-version';
const POLICY = { imageMaxAgeMs: 30 * DAY, nodeMaxAgeMs: 0, poolGraceMs: DAY };

interface Wishes {
  readonly kubelet?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

function record(name: string, { kubelet = 'v1.37.2', labels = {}, annotations = {} }: Wishes = {}): NodeRecord {
  const object = node(name, { labels });
  object.metadata['annotations'] = annotations;
  object['status'] = { nodeInfo: { kubeletVersion: kubelet } };
  return readNode(object, viewInterners());
}

function found(nodes: readonly NodeRecord[], input: Partial<DriftInput> = {}): string[] {
  const all = {
    controlPlane: 'v1.37.2',
    nowMs: NOON,
    mixedSinceMs: new Map<string, number>(),
    policy: POLICY,
    windows: [],
    karpenterDrift: new Map<string, string>(),
    ...input,
  };
  return judgeDrift({ nodes, ...all }).map(({ node: name, reason }) => `${name} ${reason}`);
}

test.each<readonly [string, string, string[]]>([
  ['the same', 'v1.37.2', []],
  ['the suffix of a vendor', 'v1.37.2-eks-a1b2c3', []],
  ['another suffix', 'v1.37.2-gke.1234', []],
  ['an older patch', 'v1.37.1', ['n kubelet_patch']],
  ['a newer patch', 'v1.37.3', []],
  ['an older minor', 'v1.36.9', ['n kubelet_minor']],
  ['the oldest that is supported', 'v1.34.0', ['n kubelet_minor']],
  ['one beyond', 'v1.33.20', ['n kubelet_beyond_skew']],
  ['a newer minor', 'v1.38.0', ['n kubelet_newer']],
  ['no version', 'unknown', ['n unknown']],
])('a kubelet of %s', (_name, kubelet, expected) => {
  expect(found([record('n', { kubelet })])).toEqual(expected);
});

test('patches are compared as numbers', () => {
  expect(found([record('n', { kubelet: 'v1.30.9' })], { controlPlane: 'v1.30.10' })).toEqual(['n kubelet_patch']);
  expect(found([record('n', { kubelet: 'v1.30.10' })], { controlPlane: 'v1.30.9' })).toEqual([]);
});

test('nothing is said about kubelets while the control plane is not believed', () => {
  expect(found([record('n', { kubelet: 'v1.20.0' })], { controlPlane: undefined })).toEqual([]);
});

test('kubelets before 1.25 may be two minors older', () => {
  expect(found([record('n', { kubelet: 'v1.24.0' })], { controlPlane: 'v1.26.0' })).toEqual(['n kubelet_minor']);
  expect(found([record('n', { kubelet: 'v1.24.0' })], { controlPlane: 'v1.27.0' })).toEqual(['n kubelet_beyond_skew']);
});

const LINUX = 'AKSUbuntu-2204gen2containerd';
const image = (version: string, family = LINUX): Wishes => ({ labels: { [IMAGE]: `${family}-${version}` } });

test('an image is behind the newest of its own kind that the cluster has', () => {
  const nodes = [
    record('a', image('202605.27.0')),
    record('b', image('202605.13.0')),
    record('c', image('202605.06.0', 'AKSUbuntu-2404gen2containerd')),
  ];
  expect(found(nodes)).toEqual(['b image_behind']);
});

test('a live patch makes an image newer than the same one without it', () => {
  expect(found([record('a', image('202605.27.0-2026.05.30')), record('b', image('202605.27.0'))])).toEqual([
    'b image_behind',
  ]);
});

test.each<readonly [string, string, string[]]>([
  ['of today', 'AKSUbuntu-2204gen2containerd-202606.01.0', []],
  ['of tomorrow, which is a clock that is off', 'AKSUbuntu-2204gen2containerd-202606.02.0', []],
  ['of two months ago', 'AKSUbuntu-2204gen2containerd-202604.01.0', ['n image_old']],
  ['of an older spelling', 'AKSUbuntu-2204gen2containerd-2022.12.15', ['n image_old']],
  ['of Windows', 'AKSWindows-2022-containerd-20348.2402.240304', ['n image_old']],
  ['of Linux, five weeks old', 'AKSUbuntu-2204gen2containerd-202604.25.0', ['n image_old']],
  ['of five weeks with patches of last week', 'AKSUbuntu-2204gen2containerd-202604.25.0-2026.05.25', []],
  [
    'of two months with patches that are old as well',
    'AKSUbuntu-2204gen2containerd-202604.01.0-2026.04.20',
    ['n image_old'],
  ],
  ['of Windows, whose next one may not be there yet', 'AKSWindows-2022-containerd-20348.2402.260425', []],
  ['of Windows, seven weeks old', 'AKSWindows-2022-containerd-20348.2402.260413', ['n image_old']],
  ['of Windows, new', 'AKSWindows-2022-containerd-20348.2402.260520', []],
  ['with a date that does not exist', 'AKSUbuntu-2204gen2containerd-202602.30.0', []],
  ['without a date', 'my-image', ['n unknown']],
  ['with nothing', '', ['n unknown']],
])('an image %s', (_name, label, expected) => {
  expect(found([record('n', { labels: { [IMAGE]: label } })])).toEqual(expected);
});

test('no image label gives no finding: most clouds have none', () => {
  expect(found([record('n')])).toEqual([]);
});

test('a node that an upgrade left behind, one without its patches, and one that is too old', () => {
  const live = 'kubernetes.azure.com/live-patching';
  const nodes = [
    record('q', { labels: { 'kubernetes.azure.com/upgrade-status': 'Quarantined' } }),
    record('p', {
      annotations: {
        [`${live}-golden-timestamp`]: '20260520T000000Z',
        [`${live}-current-timestamp`]: '20260512T000000Z',
      },
    }),
    record('r', {
      annotations: { [`${live}-golden-timestamp`]: '20260520T000000Z', [`${live}-current-timestamp`]: 'soon' },
    }),
  ];
  expect(found(nodes)).toEqual(['p patch_lag', 'q quarantined']);
  expect(found([record('n')], { nowMs: NOON + 10 * DAY, policy: { ...POLICY, nodeMaxAgeMs: 10 * DAY } })).toEqual([
    'n node_old',
  ]);
});

test('a pool may be mixed for its grace time, counted from when it was first seen so, and no longer', () => {
  const pool = { 'eks.amazonaws.com/nodegroup': 'blue' };
  const mixed = [record('a', { labels: pool }), record('b', { labels: pool, kubelet: 'v1.37.3' })];
  const since = updateMixedSince(new Map(), mixed, NOON);
  const later = updateMixedSince(since, mixed, NOON + DAY);
  expect(found(mixed, { mixedSinceMs: later, nowMs: NOON + DAY })).toEqual([]);
  expect(found(mixed, { mixedSinceMs: later, nowMs: NOON + DAY + 1 })).toEqual(['a pool_mixed', 'b pool_mixed']);
  expect(updateMixedSince(later, mixed.slice(1), NOON + DAY)).toEqual(new Map());
});

test('the control plane is believed after two equal answers, and the old version until then', () => {
  const heard = ['v1.36.1', 'v1.37.0', 'v1.37.0', 'v1.36.1', 'v1.37.0', 'v1.36.1', 'v1.36.1'];
  let belief = NOTHING_HEARD;
  const believed = heard.map((answer) => {
    belief = hearVersion(belief, answer);
    return belief.believed;
  });
  expect(believed).toEqual([undefined, undefined, 'v1.37.0', 'v1.37.0', 'v1.37.0', 'v1.37.0', 'v1.36.1']);
});

test('a pool that is uneven four hours after a window is told before its grace time is over, but not while another is open', () => {
  const pool = { 'eks.amazonaws.com/nodegroup': 'blue' };
  const mixed = [record('a', { labels: pool }), record('b', { labels: pool, kubelet: 'v1.37.3' })];
  const HOUR = DAY / 24;
  const mixedSinceMs = new Map([['blue', NOON - 5 * HOUR]]);
  const window = { kind: 'node_os', closesAtMs: undefined, nextStartMs: undefined, lastEndMs: NOON } as const;
  const at = (hours: number, windows: DriftInput['windows']): string[] =>
    found(mixed, { mixedSinceMs, windows, nowMs: NOON + hours * HOUR });
  expect(at(4, [window])).toEqual([]);
  expect(at(4.1, [window])).toEqual(['a pool_mixed', 'b pool_mixed']);
  expect(at(4.1, [{ ...window, lastEndMs: NOON - 6 * HOUR }])).toEqual([]);
  expect(at(4.1, [window, { ...window, kind: 'auto_upgrade', closesAtMs: NOON + DAY }])).toEqual([]);
  // In those of the weekly releases no node is renewed: they neither excuse nor accuse.
  const releases = { ...window, kind: 'default' } as const;
  expect(at(4.1, [window, { ...releases, closesAtMs: NOON + DAY }])).toEqual(['a pool_mixed', 'b pool_mixed']);
  expect(at(4.1, [releases])).toEqual([]);
  expect(at(4.1, [])).toEqual([]);
});

test('of a node that the platform made the image label is a copy: its age tells how old its image is, and what runs on it which one', () => {
  const copied = { ...image('202405.01.0').labels, 'provisioner.cast.ai/managed-by': 'cast.ai', agentpool: 'blue' };
  const made = record('made', { labels: copied });
  expect(found([made, record('own', image('202605.27.0'))])).toEqual([]);
  // Nor does a copy make others look old.
  const newer = record('newer', { labels: { ...copied, [IMAGE]: `${LINUX}-202606.01.0` } });
  expect(found([newer, record('own', image('202605.27.0'))])).toEqual([]);
  expect(found([made], { nowMs: NOON + 36 * DAY })).toEqual([]);
  expect(found([made], { nowMs: NOON + 37 * DAY })).toEqual(['made image_old']);
  const relabelled = record('b', { labels: { ...copied, [IMAGE]: `${LINUX}-202312.01.0` } });
  expect(updateMixedSince(new Map(), [made, relabelled], NOON)).toEqual(new Map());
  // In the pool that its label was copied from it runs another image, and is no upgrade that has stopped; an older kubelet is.
  const own = record('own', { labels: { ...image('202405.01.0').labels, agentpool: 'blue' } });
  expect(updateMixedSince(new Map(), [made, own], NOON)).toEqual(new Map());
  const older = record('older', { labels: copied, kubelet: 'v1.36.0' });
  expect(updateMixedSince(new Map(), [older, own], NOON)).toEqual(new Map([['blue', NOON]]));
  const otherKernel = { ...made, name: 'c', system: { ...made.system, kernelVersion: '6.9' } };
  expect(updateMixedSince(new Map(), [made, otherKernel], NOON)).toEqual(new Map([['blue', NOON]]));
});

test('a whole cluster on one old image is behind nobody, and old', () => {
  const nodes = ['a', 'b'].map((name) => record(name, image('202604.01.0')));
  expect(found(nodes)).toEqual(['a image_old', 'b image_old']);
});

test('a clock that is a day off makes nothing old that is not, nor anything newer than now', () => {
  const nodes = [record('n', image('202605.27.0'))];
  const policy = { ...POLICY, nodeMaxAgeMs: 2 * DAY };
  for (const nowMs of [NOON - DAY, NOON, NOON + DAY]) expect(found(nodes, { nowMs, policy })).toEqual([]);
  expect(found([record('n', image('202606.02.0'))], { nowMs: NOON - DAY })).toEqual([]);
});

test('a pool of one is never mixed, and one that is gone is forgotten', () => {
  const one = [record('a', { labels: { agentpool: 'blue' } })];
  expect(updateMixedSince(new Map([['blue', NOON]]), one, NOON)).toEqual(new Map());
  expect(updateMixedSince(new Map([['blue', NOON]]), [], NOON)).toEqual(new Map());
});

test('what Karpenter says of a node is told on, of a node that is there', () => {
  const karpenterDrift = new Map([
    ['a', 'NodePoolDrifted'],
    ['gone', 'NodePoolDrifted'],
  ]);
  const nodes = [record('a', { labels: { 'karpenter.sh/nodepool': 'spot' } }), record('b')];
  expect(found(nodes, { karpenterDrift })).toEqual(['a karpenter_drifted']);
});

test('of a virtual kubelet nothing is found, and it makes no pool uneven', () => {
  const virtual = record('virtual-node-aci-linux', {
    kubelet: 'v1.19.10-vk-azure-aci-1.6.2',
    labels: { type: 'virtual-kubelet', agentpool: 'blue' },
  });
  const nodes = [record('a', { labels: { agentpool: 'blue' } }), virtual];
  expect(found(nodes, { policy: { ...POLICY, nodeMaxAgeMs: 1 } })).toEqual(['a node_old']);
  expect(updateMixedSince(new Map(), nodes, NOON)).toEqual(new Map());
});

test('nodes of which nobody says that they are of one pool are not to be alike', () => {
  const nodes = [record('a'), record('b', { kubelet: 'v1.36.0' })];
  expect(updateMixedSince(new Map([['', 1]]), nodes, NOON)).toEqual(new Map());
  const ofType = (type: string) =>
    nodes.map((one) => ({ ...one, labels: { 'node.kubernetes.io/instance-type': type } }));
  // What stands there for every machine is no type.
  expect(updateMixedSince(new Map(), ofType('k3s'), NOON)).toEqual(new Map());
  expect(updateMixedSince(new Map(), ofType('m5.large'), NOON)).toEqual(new Map([['m5.large', NOON]]));
});
