import { describe, expect, it } from 'vitest';
import { completeObjects } from '@castai/test/samples/complete-objects/complete-objects.ts';
import { explainScrub } from './explain-scrub.ts';
import { groupOf, REVIEWED_FEEDS } from './review/policy-states.ts';
import { RULES, type ScrubRuleName } from './rules.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import type { ScrubOptions, ScrubSwitch } from './shape.ts';

const options = (...reenable: ScrubSwitch[]): ScrubOptions => ({ reenable: new Set(reenable), annotationPrefixes: [] });
const explain = (rule: ScrubRuleName, object: unknown, chosen = options()): string[] =>
  explainScrub(
    RULES[rule],
    chosen,
    rule,
  )(object).map(({ path, is, why, leaves }) =>
    [is, path, ...(leaves === undefined ? [] : [JSON.stringify(leaves)]), `(${why})`].join(' '),
  );

describe('an explanation', () => {
  it('says of each part which rule sends it, or why it is dropped', () => {
    const pod = {
      metadata: {
        name: 'a',
        labels: { app: 'x' },
        annotations: {
          'karpenter.sh/do-not-disrupt': 'true',
          'vault.example.com/token': 't',
          'karpenter.sh/x': 'y'.repeat(3000),
        },
        managedFields: [{ manager: 'm' }],
      },
      spec: {
        containers: [{ name: 'c', image: 7, args: ['--password=x'], env: [{ name: 'A', value: 'v' }] }],
        volumes: [{ name: 'v', secret: { secretName: 's' } }],
      },
      status: { containerStatuses: [{ name: 'c', imageID: `docker.io/a@sha256:${'0'.repeat(64)}` }] },
    };
    expect(explain('pod', pod)).toEqual([
      'sent metadata.name "a" (text of at most 512 characters of <metadata>)',
      'sent metadata.labels["app"] "x" (label of <metadata>)',
      'sent metadata.annotations["karpenter.sh/do-not-disrupt"] "true" (annotation that may leave)',
      'dropped metadata.annotations["vault.example.com/token"] (no annotation that may leave)',
      'dropped metadata.annotations["karpenter.sh/x"] (longer than 2048 bytes, or no text)',
      'told metadata.annotations 1 (as annotationsLeftOut of <metadata>)',
      'dropped metadata.managedFields (nothing of <metadata> names it)',
      'sent spec.containers[0].name "c" (text of at most 512 characters of <container>)',
      'dropped spec.containers[0].image (does not fit: text of at most 512 characters)',
      'dropped spec.containers[0].args (only with SCRUB_REENABLE=args)',
      'sent spec.containers[0].env[0].name "A" (text of at most 512 characters of <container>)',
      'dropped spec.containers[0].env[0].value (only with SCRUB_REENABLE=envValues)',
      'dropped spec.volumes[0] (nothing of <pod> but its name would be left)',
      'sent status.containerStatuses[0].name "c" (text of at most 512 characters of <container status>)',
      `told status.containerStatuses[0].imageID "sha256:${'0'.repeat(64)}" ((only digest) of <container status>)`,
    ]);
    expect(explain('pod', pod, options('args'))).toContain(
      'sent spec.containers[0].args[0] "--password=x" (text of at most 131072 characters of <container>)',
    );
  });

  it('knows rules that go by a field beside, by a key, and objects that are none', () => {
    const volume = (driver: string) => ({ spec: { csi: { driver, volumeHandle: 'h' } } });
    expect(explain('persistentVolume', volume('ebs.csi.aws.com'))).toContain(
      'sent spec.csi.volumeHandle "h" (text of at most 512 characters of <persistentVolume>)',
    );
    expect(explain('persistentVolume', volume('nfs.csi.k8s.io'))).toContain(
      'dropped spec.csi.volumeHandle (nothing of <persistentVolume> names it)',
    );
    expect(explain('storageClass', { parameters: { type: 'gp3', secret: 's' } })).toEqual([
      'sent parameters["type"] "gp3" ((only lastPart) of <storageClass>)',
      'dropped parameters["secret"] (by its key)',
    ]);
    expect(explain('pod', { metadata: 'no', spec: { containers: {} } })).toEqual([
      'dropped metadata (is no object)',
      'dropped spec.containers (is no list)',
    ]);
    expect(explain('pod', null)).toEqual(['dropped  (is no object)']);
  });
});

/** The values that leave, in any order: what an explanation says against what the policy does. */
function leavesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leavesOf);
  return [JSON.stringify(value)];
}

it('names of every complete object exactly the values that leave of it, by default and with every switch', () => {
  for (const chosen of [options(), options('args', 'commands', 'envValues', 'securityContexts', 'probeRequests')]) {
    for (const { groupVersion, kind, object } of completeObjects()) {
      const feed = REVIEWED_FEEDS.find((spec) => spec.kind === kind && spec.group === groupOf(groupVersion));
      if (feed === undefined) continue;
      const sent = leavesOf(scrubObject(rulesFor(feed, chosen), object));
      const told = explainScrub(
        RULES[feed.scrub],
        chosen,
        feed.scrub,
      )(object).flatMap((row) => leavesOf(row.leaves ?? []));
      expect(told.toSorted(), `${groupVersion} ${kind}`).toEqual(sent.toSorted());
    }
  }
});
