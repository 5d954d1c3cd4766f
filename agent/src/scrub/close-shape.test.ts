import { describe, expect, it } from 'vitest';
import { completeObjects } from '@castai/test/samples/complete-objects/complete-objects.ts';
import { groupOf, REVIEWED_FEEDS } from './review/policy-states.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import { scrubPolicy } from './scrub-policy.ts';
import { SCRUB_SWITCHES } from './rules.ts';

const CHOICES = { scrubReenable: Object.keys(SCRUB_SWITCHES), annotationPrefixes: ['a'], compatFullObjects: false };
const feedOf = (name: string) => REVIEWED_FEEDS.find((spec) => spec.name === name) ?? REVIEWED_FEEDS[0];
const leaving = (feed: string, object: object, more: Partial<Parameters<typeof scrubPolicy>[0]> = {}): unknown => {
  const spec = feedOf(feed);
  const policy = scrubPolicy({ ...CHOICES, skipNamespaces: ['hr'], ...more });
  return spec && policy.scrubber(spec)({ metadata: { name: 'x' }, ...object });
};

const POD = {
  metadata: {
    name: 'a',
    namespace: 'hr',
    uid: 'u',
    labels: { owner: 'alice' },
    annotations: { 'karpenter.sh/do-not-disrupt': 'true', 'workloads.cast.ai/x': 'y', a: 'b' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'v', controller: true }],
    finalizers: ['alice.example.com/f'],
  },
  spec: {
    nodeName: 'n',
    nodeSelector: { owner: 'alice' },
    containers: [
      {
        name: 'c',
        image: 'alice/app',
        args: ['alice'],
        env: [{ name: 'ALICE', value: 'alice' }],
        resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
      },
    ],
    volumes: [
      { name: 'v', persistentVolumeClaim: { claimName: 'disk' } },
      { name: 'w', emptyDir: {} },
    ],
    tolerations: [{ key: 'owner', value: 'alice' }],
    priority: 7,
  },
  status: {
    phase: 'Running',
    message: 'alice did it',
    containerStatuses: [{ name: 'c', imageID: `a@sha256:${'0'.repeat(64)}`, allocatedResources: { cpu: '1' } }],
  },
};
const CLOSED_POD = {
  metadata: {
    name: 'a',
    namespace: 'hr',
    uid: 'u',
    annotations: { 'karpenter.sh/do-not-disrupt': 'true' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'v', controller: true }],
  },
  spec: {
    nodeName: 'n',
    containers: [{ name: 'c', resources: { limits: { cpu: '2' }, requests: { cpu: '1' } } }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'disk' } }],
    priority: 7,
  },
  status: { phase: 'Running', containerStatuses: [{ name: 'c', allocatedResources: { cpu: '1' } }] },
};

describe('of an object of a namespace that is skipped', () => {
  it('leaves who it is, what it takes, and that it may not be moved, whatever switches are on', () => {
    expect(leaving('pods', POD)).toEqual(CLOSED_POD);
    expect(leaving('pods', POD, { compatFullObjects: true })).toEqual(CLOSED_POD);
  });

  it('leaves nothing but that of every kind: no label, no free text', () => {
    const skipped = { reenable: new Set<never>(), annotationPrefixes: [], skipNamespaces: ['namespaceValue'] };
    for (const { groupVersion, kind, object } of completeObjects()) {
      const feed = REVIEWED_FEEDS.find((spec) => spec.kind === kind && spec.group === groupOf(groupVersion));
      if (feed === undefined || kind === 'CSIStorageCapacity' || kind === 'Namespace') continue;
      const inside = {
        ...(object as object),
        metadata: { ...(object as { metadata: object }).metadata, namespace: 'namespaceValue' },
      };
      const kept = JSON.stringify(scrubObject(rulesFor(feed, skipped), inside));
      expect(`${kind} ${kept}`).not.toMatch(
        /"(?:labels|matchLabels|image|env|args|selector|message|finalizers|rules|subjects)":/u,
      );
    }
  });

  it('leaves the usage of a pod, how many replicas there are, and how large a disk is', () => {
    const metadata = { name: 'a', namespace: 'hr' };
    const usage = {
      metadata,
      timestamp: '2026-10-01T06:07:44Z',
      window: '30s',
      containers: [{ name: 'c', usage: { cpu: '1' } }],
    };
    expect(leaving('pods.metrics.k8s.io', usage)).toEqual(usage);
    const deployment = {
      metadata,
      spec: { replicas: 3, selector: { matchLabels: { a: 'b' } } },
      status: { replicas: 2 },
    };
    expect(leaving('deployments.apps', deployment)).toEqual({
      metadata,
      spec: { replicas: 3 },
      status: { replicas: 2 },
    });
    const claim = {
      metadata,
      spec: { volumeName: 'v', resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Bound' },
    };
    expect(leaving('persistentvolumeclaims', claim)).toEqual(claim);
  });

  it('leaves of the namespace itself that it is there', () => {
    const namespace = (name: string) => ({
      metadata: { name, labels: { team: 'alice' } },
      status: { phase: 'Active' },
    });
    expect(leaving('namespaces', namespace('hr'))).toEqual({ metadata: { name: 'hr' }, status: { phase: 'Active' } });
    expect(leaving('namespaces', namespace('shop'))).toEqual(namespace('shop'));
  });

  it('leaves all that a driver tells of nodes', () => {
    const free = {
      metadata: { name: 'a', namespace: 'hr' },
      storageClassName: 's',
      nodeTopology: { matchLabels: { n: '1' } },
      capacity: '1Gi',
    };
    expect(leaving('csistoragecapacities.storage.k8s.io', free)).toEqual(free);
  });
});

it('leaves other namespaces, and what is in none, alone', () => {
  const other = { metadata: { name: 'hr', namespace: 'shop', labels: { a: 'b' } } };
  expect(leaving('pods', other)).toEqual(other);
  const node = { metadata: { name: 'hr', labels: { a: 'b' } } };
  expect(leaving('nodes', node)).toEqual(node);
});

it('has another number for other namespaces, in whole objects too', () => {
  const pods = feedOf('pods');
  const numbers = [[], ['hr'], ['hr', 'it'], ['it']].flatMap((skipNamespaces) =>
    [true, false].map((compatFullObjects) =>
      pods === undefined ? 0 : scrubPolicy({ ...CHOICES, skipNamespaces, compatFullObjects }).version(pods),
    ),
  );
  expect(new Set(numbers).size).toBe(numbers.length);
  const of = (...skipNamespaces: string[]) => pods && scrubPolicy({ ...CHOICES, skipNamespaces }).version(pods);
  expect(of('it', 'hr')).toBe(of('hr', 'it'));
});
