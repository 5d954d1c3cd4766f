import { describe, expect, it } from 'vitest';
import { completeObjects } from '@castai/test/samples/complete-objects/complete-objects.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { fullObject } from './full-object.ts';
import { labelMask, maskAnnotation, maskKeyed, maskLabels, maskSelectorText } from './label-mask.ts';
import { groupOf, REVIEWED_FEEDS } from './review/policy-states.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import type { ScrubOptions } from './shape.ts';

const SECRET = 'a secret of many bytes';
const mask = labelMask({ keys: ['owner', 'hub.jupyter.org/*'], secret: SECRET });
const OPTIONS: ScrubOptions = { reenable: new Set(), annotationPrefixes: ['hub.jupyter.org/'], labelMask: mask };
const VALID = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/u;
const ALICE = mask.mask('owner', 'alice');

describe('a masked value', () => {
  it('is a valid value of a label, the same for the same value, and another for another key, value or secret', () => {
    const others = [
      ALICE,
      mask.mask('owner', 'bob'),
      mask.mask('hub.jupyter.org/username', 'alice'),
      labelMask({ keys: [], secret: 'another secret of many bytes' }).mask('owner', 'alice'),
    ];
    for (const one of others) expect(one).toMatch(VALID);
    expect(new Set(others).size).toBe(others.length);
    expect(labelMask({ keys: [], secret: SECRET }).mask('owner', 'alice')).toBe(ALICE);
    expect(mask.mask('owner', 'x'.repeat(500))).toMatch(VALID);
    expect(mask.mask('owner', '')).toBe('');
  });

  it('stays the same when more values were met than are remembered', () => {
    for (let value = 0; value < 10_000; value += 1) mask.mask('owner', String(value));
    expect(mask.mask('owner', 'alice')).toBe(ALICE);
  });

  it('is of the keys that are named, or begin as is named', () => {
    const keys = [
      'owner',
      'owners',
      'Owner',
      'hub.jupyter.org/username',
      'hub.jupyter.org/',
      'hub.jupyter.orgs/a',
      'app',
    ];
    expect(keys.filter(mask.isMasked)).toEqual(['owner', 'hub.jupyter.org/username', 'hub.jupyter.org/']);
  });

  it('has a fingerprint that goes with the keys and the secret, and does not hold it', () => {
    const of = (keys: string[], secret: string): string => labelMask({ keys, secret }).fingerprint;
    const all = [of(['a'], SECRET), of(['a', 'b'], SECRET), of(['a'], `${SECRET}!`), of([], SECRET)];
    expect(new Set(all).size).toBe(all.length);
    expect(of(['b', 'a'], SECRET)).toBe(of(['a', 'b'], SECRET));
    expect(all.join(' ')).not.toContain('secret');
  });
});

describe('a masked label', () => {
  it('is masked wherever its key stands, and every other one is left alone', () => {
    expect(maskLabels(mask, { app: 'x', owner: 'alice' })).toEqual({ app: 'x', owner: ALICE });
    expect(maskLabels(mask, { owner: 7 })).toEqual({});
    expect(maskKeyed(mask, { key: 'owner', operator: 'In', values: ['alice', ''] })).toEqual({
      key: 'owner',
      operator: 'In',
      values: [ALICE, ''],
    });
    expect(maskKeyed(mask, { key: 'owner', value: 'alice', effect: 'NoSchedule' })).toEqual({
      key: 'owner',
      value: ALICE,
      effect: 'NoSchedule',
    });
    expect(maskKeyed(mask, { key: 'app', values: ['alice'] })).toEqual({ key: 'app', values: ['alice'] });
    expect(maskKeyed(mask, { operator: 'Exists' })).toEqual({ operator: 'Exists' });
  });

  it('is masked in selectors that are texts, and what is no selector does not leave', () => {
    const f = (selector: string, expected: string | undefined): void => {
      expect(maskSelectorText(mask, selector)).toBe(expected);
    };
    f('owner=alice,app=x', `owner=${ALICE},app=x`);
    f(' owner == alice ', `owner==${ALICE}`);
    f('owner!=alice', `owner!=${ALICE}`);
    // Longer than any that somebody writes: cutting it at its commas would take minutes.
    f(`app=x${','.repeat(60_000)}`, undefined);
    f('app in (a,b),owner in (alice, bob)', `app in (a,b),owner in (${ALICE},${mask.mask('owner', 'bob')})`);
    f('owner notin (alice)', `owner notin (${ALICE})`);
    f('owner,!owner,app', 'owner,!owner,app');
    f('', '');
    f('owner is alice', undefined);
    f('{"owner":"alice"}', undefined);
    f('owner>5', undefined);
  });

  it('is masked in annotations that hold selectors and tolerations, and as the key of an annotation', () => {
    const f = (key: string, value: string, expected: string | undefined): void => {
      expect(maskAnnotation(mask, key, value)).toBe(expected);
    };
    f('openshift.io/node-selector', 'owner=alice', `owner=${ALICE}`);
    f('scheduler.alpha.kubernetes.io/node-selector', 'owner: alice', undefined);
    const tolerations = (owner: string): string => JSON.stringify([{ key: 'owner', operator: 'Equal', value: owner }]);
    f('scheduler.alpha.kubernetes.io/defaultTolerations', tolerations('alice'), tolerations(ALICE));
    f('scheduler.alpha.kubernetes.io/defaultTolerations', '[broken', undefined);
    f('scheduler.alpha.kubernetes.io/defaultTolerations', '"alice"', undefined);
    f('owner', 'alice', ALICE);
    f('karpenter.sh/do-not-disrupt', 'true', 'true');
  });
});

type Labels = Readonly<Record<string, string>>;
interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** As the scheduler matches: apimachinery, `labels.Requirement.Matches`. */
function matches(labels: Labels, requirements: readonly Requirement[]): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === 'In' ? isIn : !isIn;
  });
}

it('matches exactly what it matched, whatever selects', () => {
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed).next;
  const pick = <T>(of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const keys = ['owner', 'app', 'hub.jupyter.org/username'] as const;
  const values = ['alice', 'bob', 'a', ''] as const;
  let matched = 0;
  for (let round = 0; round < 2000; round += 1) {
    const labels = Object.fromEntries(keys.filter(() => random() < 0.7).map((key) => [key, pick(values)]));
    const matchExpressions = Array.from({ length: 1 + Math.floor(random() * 2) }, () => ({
      key: pick(keys),
      operator: pick(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const),
      values: values.filter(() => random() < 0.5),
    }));
    const term = { labelSelector: { matchExpressions }, topologyKey: 'zone' };
    const pod = {
      metadata: { name: 'a', labels },
      spec: {
        affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
        topologySpreadConstraints: [
          { labelSelector: { matchLabels: labels }, topologyKey: 'owner', matchLabelKeys: ['owner'] },
        ],
      },
    };
    const kept = scrubObject(rulesFor({ scrub: 'pod' }, OPTIONS), pod) as unknown as typeof pod;
    const keptTerm = kept.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0];
    const before = matches(labels, matchExpressions);
    expect(matches(kept.metadata.labels, keptTerm?.labelSelector.matchExpressions ?? []), `seed ${seed}`).toBe(before);
    expect(kept.spec.topologySpreadConstraints).toEqual([
      { labelSelector: { matchLabels: kept.metadata.labels }, topologyKey: 'owner', matchLabelKeys: ['owner'] },
    ]);
    if (before) matched += 1;
  }
  expect(matched).toBeGreaterThan(100);
});

/** Maps that are no labels, although their keys are free: a key of a label never stands there. */
const NO_LABELS = /\.(?:evictionHard|evictionSoft|evictionSoftGracePeriod|flavors|parameters|data|attributes)\./u;

describe('a value of a masked label', () => {
  const every = labelMask({ keys: ['freeKey', 'keyValue'], secret: SECRET });
  /** Every value under a free key, and every one beside a key, is a word of its own. */
  const plant = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => plant(item, path));
    if (typeof value !== 'object' || value === null) return value;
    const isKeyed = 'key' in value && value.key === 'keyValue';
    return Object.fromEntries(
      Object.entries(value).map(([key, child]: [string, unknown]) => {
        if (key === 'freeKey' && typeof child === 'string') return [key, `Leak ${path}.${key}`];
        if (isKeyed && key === 'value') return [key, `Leak ${path}.${key}`];
        if (isKeyed && key === 'values') return [key, [`Leak ${path}.${key}`]];
        return [key, plant(child, `${path}.${key}`)];
      }),
    );
  };
  const leaks = (kept: unknown): string[] => JSON.stringify(kept)?.match(/Leak [^"]+/gu) ?? [];

  it.each(completeObjects())('leaves no $kind of $groupVersion', ({ groupVersion, kind, object }) => {
    const feed = REVIEWED_FEEDS.find((spec) => spec.kind === kind && spec.group === groupOf(groupVersion));
    if (feed === undefined) return;
    const planted = plant(object, '');
    const options: ScrubOptions = { reenable: new Set(), annotationPrefixes: [], labelMask: every };
    const byPolicy = leaks(scrubObject(rulesFor(feed, options), planted));
    expect(byPolicy.filter((path) => !NO_LABELS.test(path))).toEqual([]);
    expect(leaks(fullObject(options, kind === 'ConfigMap')(planted))).toEqual([]);
  });
});

it('masks in whole objects, wherever a key stands', () => {
  const object = {
    metadata: { name: 'a', labels: { owner: 'alice' }, annotations: { owner: 'alice' } },
    spec: { anything: { owner: 'alice', deep: [{ key: 'owner', values: ['alice'] }] } },
    status: { selector: 'owner=alice,app=x' },
  };
  expect(fullObject(OPTIONS, false)(object)).toEqual({
    metadata: { name: 'a', labels: { owner: ALICE }, annotations: { owner: ALICE } },
    spec: { anything: { owner: ALICE, deep: [{ key: 'owner', values: [ALICE] }] } },
    status: { selector: `owner=${ALICE},app=x` },
  });
  expect(fullObject(OPTIONS, false)({ metadata: {}, status: { selector: 'owner is alice' } })).toEqual({
    metadata: {},
    status: {},
  });
});

it('masks selectors as text under whatever name they have', () => {
  const object = { metadata: {}, status: { labelSelector: 'owner=alice' }, spec: { podSelector: 'owner in (alice)' } };
  expect(fullObject(OPTIONS, false)(object)).toEqual({
    metadata: {},
    status: { labelSelector: `owner=${ALICE}` },
    spec: { podSelector: `owner in (${ALICE})` },
  });
});
