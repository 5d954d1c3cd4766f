import { describe, expect, it } from 'vitest';
import { tellVerdict } from './tell-verdict.ts';

type Reason = readonly [count: number, reason: string, resource?: string | undefined];

const f = (message: string, nodes: number, ...reasons: readonly Reason[]): void => {
  const told = reasons.map(([count, reason, resource]) =>
    resource === undefined ? { reason, count } : { reason, resource, count },
  );
  expect([message, tellVerdict(message)]).toEqual([message, { nodes, reasons: told }]);
};

/** What the plugins of 1.28 and of 1.37 say of a node, with the word for it. */
const TEXTS: readonly (readonly [text: string, reason: string, resource?: string | undefined])[] = [
  ['Too many pods', 'TooManyPods'],
  ['Insufficient cpu', 'Insufficient', 'cpu'],
  ['Insufficient memory', 'Insufficient', 'memory'],
  ['Insufficient ephemeral-storage', 'Insufficient', 'ephemeral-storage'],
  ['Insufficient hugepages-2Mi', 'Insufficient', 'hugepages-2Mi'],
  ['Insufficient nvidia.com/gpu', 'Insufficient', 'nvidia.com/gpu'],
  ["node(s) didn't have free ports for the requested pod ports", 'PortConflict'],
  ["node(s) didn't match the requested node name", 'NodeNameMismatch'],
  ["node(s) didn't match Pod's node affinity/selector", 'NodeAffinityMismatch'],
  ["node(s) didn't match scheduler-enforced node affinity", 'NodeAffinityMismatch'],
  ['pod affinity terms conflict', 'NodeAffinityConflict'],
  ["node(s) didn't match Pod's required features", 'FeatureMissing'],
  ['node(s) were unschedulable', 'Unschedulable'],
  ['node(s) had unknown conditions', 'UnknownConditions'],
  ["node(s) had taints that the pod didn't tolerate", 'UntoleratedTaint'],
  ['node(s) had untolerated taint {customer: acme-bank}', 'UntoleratedTaint'],
  ['node(s) had untolerated taint {example.com/team: }', 'UntoleratedTaint'],
  ['node(s) had untolerated taint(s)', 'UntoleratedTaint'],
  ["node(s) didn't match pod affinity rules", 'PodAffinityMismatch'],
  ["node(s) didn't match pod anti-affinity rules", 'PodAntiAffinityMismatch'],
  ["node(s) didn't satisfy existing pods anti-affinity rules", 'ExistingPodAntiAffinity'],
  ["node(s) didn't match pod topology spread constraints", 'TopologySpreadMismatch'],
  ["node(s) didn't match pod topology spread constraints (missing required label)", 'TopologySpreadLabelMissing'],
  ['node(s) exceed max volume count', 'TooManyVolumes'],
  ['node(s) did not have enough free storage', 'NotEnoughStorage'],
  ["node(s) didn't find available persistent volumes to bind", 'NoVolumeToBind'],
  ['node(s) had volume node affinity conflict', 'VolumeNodeAffinityConflict'],
  ["node(s) didn't match PersistentVolume's node affinity", 'VolumeNodeAffinityConflict'],
  ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)', 'VolumeMissing'],
  ['node(s) had no available volume zone', 'VolumeZoneConflict'],
  ['node(s) had no available disk', 'DiskConflict'],
  ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode', 'VolumeClaimInUse'],
  [
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
    'VolumeClaimInUse',
  ],
  ['acme.csi.example.com CSI driver is not installed on the node', 'CsiDriverMissing'],
  ['cannot allocate all claims', 'DevicesUnavailable'],
  ['cannot schedule extended resource claim', 'DevicesUnavailable'],
  ['resourceclaim cannot be allocated for the node (unsuitable)', 'DevicesUnavailable'],
  ['resourceclaim not available on the node', 'DeviceClaimElsewhere'],
  ['excluded by resource class node filter', 'DeviceClaimElsewhere'],
  ['resourceclaim in use', 'DeviceClaimInUse'],
  ['resourceclaim must be reallocated', 'DeviceClaimPending'],
  ['unallocated immediate resourceclaim', 'DeviceClaimPending'],
  ['waiting for resource driver to allocate resource', 'DeviceClaimPending'],
  ['waiting for resource driver to provide information', 'DeviceClaimPending'],
  ['resource claim acme-claim is in the process of being allocated', 'Other'],
  ['node allocatable resource claim acme has a mapped device and cannot be shared across pods', 'Other'],
];

describe('the verdict of the scheduler', () => {
  const plugins = TEXTS.map(([text, reason, resource]) => ({ text, reason, resource }));
  it.each(plugins)('tells "$text" as $reason', ({ text, reason, resource }) => {
    f(`0/5 nodes are available: 5 ${text}.`, 5, [5, reason, resource]);
  });

  it('tells several reasons by their names, without what follows about preemption', () => {
    f(
      '0/12 nodes are available: 3 Insufficient cpu, 4 Insufficient nvidia.com/gpu, 5 node(s) had untolerated taint ' +
        '{customer: acme-bank}. preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling.',
      12,
      [3, 'Insufficient', 'cpu'],
      [4, 'Insufficient', 'nvidia.com/gpu'],
      [5, 'UntoleratedTaint'],
    );
    f(
      '0/7 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}, 4 node(s) had untolerated ' +
        'taint {c: d}. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never..',
      7,
      [1, 'Insufficient', 'cpu'],
      [6, 'UntoleratedTaint'],
    );
  });

  it('counts one that was said of the pod itself for every node', () => {
    f(
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: ' +
        '3 No preemption victims found for incoming pod.',
      3,
      [3, 'UnboundVolumeClaim'],
    );
    f('0/3 nodes are available: waiting for minCount pods from a gang to appear in scheduling queue.', 3, [
      3,
      'GangIncomplete',
    ]);
    f('0/3 nodes are available: persistentvolumeclaim "claim-jane-doe, and more" not found. not found', 3, [
      3,
      'Other',
    ]);
    f('no nodes available to schedule pods', 0);
  });

  it('takes a resource for one only if it can be', () => {
    f('0/2 nodes are available: 1 Insufficient jane, 1 Insufficient of acme bank.', 2, [2, 'Other']);
    f(`0/2 nodes are available: 1 Insufficient ${'a'.repeat(300)}/x.`, 2, [1, 'Other']);
  });

  it('says nothing of another text', () => {
    const others = [
      'running "VolumeBinding" prebind plugin: token=hunter2',
      'Scheduling is blocked due to non-empty scheduling gates',
      '1/3 nodes are available: 1 Insufficient cpu.',
      '0/1234567 nodes are available: 1 Insufficient cpu.',
      'x 0/3 nodes are available: 1 Insufficient cpu.',
      '0/3 nodes are available',
      '',
      5,
      undefined,
    ];
    for (const message of others) expect([message, tellVerdict(message)]).toEqual([message, undefined]);
  });

  it('is small for a line of every text, repeated to 30 KB, and has no name of it', () => {
    const line = Array.from({ length: 12 }, () => TEXTS.map(([text]) => `7 ${text}`).join(', ')).join(', ');
    const message = `0/5000 nodes are available: ${line}. preemption: 0/5000 nodes are available.`;
    expect(message.length).toBeGreaterThan(25_000);
    const verdict = tellVerdict(message);
    const text = JSON.stringify(verdict);
    expect(text.length).toBeLessThan(2500);
    expect(text).not.toMatch(/acme|customer|team|\s/u);
    expect(verdict).toMatchObject({
      nodes: 5000,
      reasons: expect.arrayContaining([{ reason: 'TooManyPods', count: 84 }]),
    });
  });

  it('tells at most 33 reasons, and no more nodes than there are', () => {
    const many = Array.from({ length: 100 }, (_, index) => `1 Insufficient example.com/r${index}`).join(', ');
    const verdict = tellVerdict(`0/9 nodes are available: ${many}, 8 Too many pods, 8 Too many pods.`);
    expect(verdict?.['reasons']).toHaveLength(33);
    expect(verdict?.['reasons']).toContainEqual({ reason: 'Other', count: 9 });
  });

  it('reads texts that only look like one in a time that grows as they do', () => {
    // A pattern that tries again from every place would take minutes here, and the test's limit is seconds.
    for (const odd of [
      '0/5 nodes are available: '.repeat(10_000),
      `0/5 nodes are available: ${'1 '.repeat(100_000)}`,
    ]) {
      tellVerdict(odd);
    }
    expect(tellVerdict(`0/5 nodes are available: ${', '.repeat(100_000)}`)).toEqual({
      nodes: 5,
      reasons: [{ reason: 'Other', count: 5 }],
    });
    expect(tellVerdict(`0/5 nodes are available: ${'x'.repeat(300_000)}`)).toBeUndefined();
  });
});
