/**
 * The policy against every field of every kind that the agent reads. A field that a new version of Kubernetes or of an operator brings
 * (`npm run complete-objects` writes them down) has to be decided on: sent, put behind a switch, or written with its reason into
 * `dropped.txt`. What comes out of an object in which every text and every free key is a word of its own stands in `survivors.txt`.
 * Both files are kept by hand: nothing makes them from the policy.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeObjects } from '@castai/test/samples/complete-objects/complete-objects.ts';
import { RULES } from '../rules.ts';
import { objectOfRule } from './object-of-rule.ts';
import { survivingWords } from './plant-words.ts';
import { groupOf, policyStates, REVIEWED_FEEDS, reviewName } from './policy-states.ts';

const OBJECTS = completeObjects();
/** Kinds without a module that has their fields: of them only what the policy itself names can be looked at. */
const WITHOUT_FIELDS: readonly string[] = [
  'AKSNodeClass',
  'AWSNodeTemplate',
  'ComputeClass',
  'CustomMetricsExporterConfig',
  'ExtendedDaemonSet',
  'ExtendedDaemonSetReplicaSet',
  'GCENodeClass',
  'Machine',
  'Migration',
  'NodeClass',
  'NodeDiskRecommendation',
  'NodeMetrics',
  'PodGroup',
  'PodMetrics',
  'PodMutation',
  'Provisioner',
  'ProvisioningRequest',
  'Recommendation',
  'RecommendationSync',
];
/** Versions that nobody serves any more but an old cluster: no module has their fields. */
const OLD_VERSIONS: readonly string[] = [
  'autoscaling.x-k8s.io/v1alpha1 CapacityBuffer',
  'gateway.networking.k8s.io/v1alpha2 GRPCRoute',
  'karpenter.k8s.aws/v1beta1 EC2NodeClass',
  'karpenter.sh/v1beta1 NodeClaim',
  'karpenter.sh/v1beta1 NodePool',
];

/** Paths by the reason under which they stand in a file: `# reason`, then a path a line. */
function reviewed(file: string): Map<string, string> {
  const found = new Map<string, string>();
  let reason = '';
  for (const line of readFileSync(join(import.meta.dirname, file), 'utf8').split('\n')) {
    if (line.startsWith('# ')) reason = line.slice(2);
    else if (line !== '') found.set(line, reason);
  }
  return found;
}

const isBelow = (path: string, root: string): boolean =>
  path === root || (path.startsWith(root) && '.['.includes(path[root.length] ?? '-'));

describe('the fields that are known', () => {
  it('are those of every kind and version that the agent reads, but for those named here', () => {
    const known = new Set(OBJECTS.map(({ groupVersion, kind }) => `${groupVersion} ${kind}`));
    const names = new Map(REVIEWED_FEEDS.map((feed) => [`${feed.group} ${feed.kind}`, reviewName(feed)]));
    const all = REVIEWED_FEEDS.flatMap(({ group, versions, kind }) =>
      versions.map((version) => `${group === '' ? '' : `${group}/`}${version} ${kind}`),
    );
    const missing = all.filter((name) => !known.has(name)).filter((name) => !OLD_VERSIONS.includes(name));
    expect(new Set(missing.map((name) => names.get(`${groupOf(name)} ${name.split(' ')[1] ?? ''}`)))).toEqual(
      new Set(WITHOUT_FIELDS),
    );
  });

  it('are many enough that they cannot be a part of them', () => {
    const states = policyStates(OBJECTS);
    expect(states.size).toBeGreaterThan(2500);
    expect([...states.values()].filter((state) => state === 'sent').length).toBeGreaterThan(1000);
  });
});

describe('the policy', () => {
  const states = policyStates(OBJECTS);
  const dropped = reviewed('dropped.txt');

  it('was decided on for every field: sent, switched, or dropped for a reason in dropped.txt', () => {
    const undecided = [...states]
      .filter(([path, state]) => state === 'dropped' && ![...dropped.keys()].some((root) => isBelow(path, root)))
      .map(([path]) => path);
    expect(undecided).toEqual([]);
  });

  it('sends nothing of what dropped.txt says is dropped, so that no new field hides below an old decision', () => {
    const kept = [...states].filter(([, state]) => state !== 'dropped').map(([path]) => path);
    const wrong = [...dropped.keys()].filter((root) => kept.some((path) => isBelow(path, root)));
    expect(wrong).toEqual([]);
  });

  it('has no decision on a field that there is not', () => {
    const paths = [...states.keys()];
    expect([...dropped.keys()].filter((root) => !paths.some((path) => isBelow(path, root)))).toEqual([]);
  });

  it('lets out words exactly where survivors.txt says', () => {
    const found = new Set<string>();
    for (const { groupVersion, kind, object } of OBJECTS) {
      const name = reviewName({ group: groupOf(groupVersion), kind });
      for (const path of survivingWords(name, object)) found.add(path);
    }
    for (const feed of REVIEWED_FEEDS) {
      const { scrub } = feed;
      const name = reviewName(feed);
      if (!WITHOUT_FIELDS.includes(name)) continue;
      for (const path of survivingWords(name, objectOfRule(RULES[scrub]))) found.add(path);
    }
    const listed = new Set(reviewed('survivors.txt').keys());
    expect({
      new: [...found].filter((path) => !listed.has(path)),
      gone: [...listed].filter((path) => !found.has(path)),
    }).toEqual({
      new: [],
      gone: [],
    });
  });

  it('keeps no word where nobody reviewed one, also in fields that nobody thought of', () => {
    const pod = {
      metadata: { name: 'a' },
      spec: { surprise: 'x', containers: [{ name: 'b', surprise: { deep: ['y'] } }] },
    };
    expect(survivingWords('Pod', pod)).toEqual(['Container name', 'Metadata name']);
  });
});
