import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RULES, SCRUB_SWITCHES, type ScrubRuleName } from './rules.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import type { FieldShape, ScrubSwitch } from './shape.ts';

const ruleNames = Object.keys(RULES).filter((name): name is ScrubRuleName => name in RULES);
const switches = Object.keys(SCRUB_SWITCHES).filter((name): name is ScrubSwitch => name in SCRUB_SWITCHES);
const SEED = 20_261_121;

/** Keys that the policy knows somewhere, so that random objects get past its first level, and keys that try to do harm. */
const knownKeys = [...new Set(Object.values(RULES).flatMap(keysOf))];
const oddKeys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '', 'secret'];
const strings = ['x', 'Two words', '250m', '2026-10-01T06:07:44Z', 'CamelCase', '\uD800', 'x'.repeat(600)];

function keysOf(shape: FieldShape): string[] {
  if (shape.is === 'fields') return Object.entries(shape.fields).flatMap(([key, of]) => [key, ...keysOf(of)]);
  if (shape.is === 'list' || shape.is === 'map' || shape.is === 'where' || shape.is === 'from') return keysOf(shape.of);
  return [];
}

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'large', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, -1, 1e308, ...strings),
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...knownKeys, ...oddKeys), tie('json')), { maxLength: 8 })
      // Through text, as from the API server: only so does `__proto__` become a member of its own.
      .map((pairs) => JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`)),
  ),
}));

/** A random value that follows a shape for a while, so that the depths of the policy are reached, and errs now and then. */
function following(shape: FieldShape): fc.Arbitrary<unknown> {
  const truthful = ((): fc.Arbitrary<unknown> => {
    switch (shape.is) {
      case 'fields': {
        const known = Object.entries(shape.fields).map(([key, of]) => [key, fc.option(following(of), { freq: 2 })]);
        return fc.record(Object.fromEntries(known)).chain((object) => json.map((more) => withExtra(object, more)));
      }
      case 'list':
        return fc.array(following(shape.of), { maxLength: 2 });
      case 'map':
        return fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), following(shape.of), { maxKeys: 2 });
      case 'when':
        return following(shape.shape);
      case 'where':
        return fc.oneof(following(shape.of), following(shape.otherwise ?? shape.of));
      case 'from':
        return following(shape.of);
      case 'summary':
        return fc.oneof(json, fc.array(fc.record({ kind: fc.constantFrom('User', 'ServiceAccount', 1), name: json })));
      default:
        return fc.constantFrom<unknown>(...strings, 1, true, null);
    }
  })();
  return fc.oneof({ weight: 9, arbitrary: truthful }, { weight: 1, arbitrary: json });
}

const withExtra = (known: object, more: unknown): unknown =>
  typeof more === 'object' && more !== null && !Array.isArray(more) ? { ...more, ...known } : known;

/** The paths of a value that the shape does not allow, read off the shape without the code under test. */
function strays(shape: FieldShape, value: unknown, at: { path: string; allSwitches: boolean }): string[] {
  const below = (of: FieldShape | undefined, child: unknown, step: string): string[] =>
    of === undefined ? [at.path + step] : strays(of, child, { ...at, path: at.path + step });
  const unless = (isFine: boolean): string[] => (isFine ? [] : [at.path]);
  switch (shape.is) {
    case 'fields':
      return membersOf(value).flatMap(([key, child]) =>
        below(Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined, child, `.${key}`),
      );
    case 'list':
      return Array.isArray(value) ? value.flatMap((item) => below(shape.of, item, '[]')) : [at.path];
    case 'map':
      return membersOf(value).flatMap(([key, child]) => below(shape.of, child, `.${key}`));
    case 'labels':
      return membersOf(value).flatMap(([key, child]) => below({ ...shape, is: 'text' }, child, `.${key}`));
    case 'annotations':
      return membersOf(value).flatMap(([key, child]) => (typeof child === 'string' ? [] : [`${at.path}.${key}`]));
    case 'sizes':
      return membersOf(value).flatMap(([key, child]) => (typeof child === 'number' ? [] : [`${at.path}.${key}`]));
    case 'where': {
      const [one, other] = [below(shape.of, value, ''), below(shape.otherwise, value, '')];
      return other.length < one.length ? other : one;
    }
    case 'from':
      return below(shape.of, value, '');
    case 'oversized':
      return unless(typeof value === 'number');
    case 'summary':
      return summaryStrays(value, at.path);
    case 'when':
      return below(at.allSwitches ? shape.shape : shape.otherwise, value, '');
    case 'number':
      return unless(typeof value === 'number');
    case 'flag':
      return unless(typeof value === 'boolean');
    case 'quantity':
    case 'numberOrText':
      return unless(typeof value === 'string' || typeof value === 'number');
    case 'text':
    case 'message':
    case 'reason':
    case 'time':
      return unless(typeof value === 'string');
  }
}

/** No summary has a word of more than 253 characters or one that is no word, whatever it was made of. */
function summaryStrays(value: unknown, path: string): string[] {
  if (typeof value === 'string') return value.length <= 253 && !/\s/u.test(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => summaryStrays(child, `${path}.${key}`));
}

/** Members of an object; of anything else one that no shape allows. */
function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [['no object', {}]];
}

describe('scrubbing random objects', () => {
  it.each(ruleNames)('never throws for %s and lets out only what the policy names', (rule) => {
    const closed = rulesFor({ scrub: rule }, { reenable: new Set(), annotationPrefixes: [] });
    const open = rulesFor({ scrub: rule }, { reenable: new Set(switches), annotationPrefixes: [''] });
    const check = (object: unknown, allSwitches: boolean): void => {
      const scrubbed = scrubObject(allSwitches ? open : closed, object);
      if (scrubbed === undefined) return;
      expect(strays(RULES[rule], scrubbed, { path: '', allSwitches })).toEqual([]);
      // A summary may be longer than what it tells of: `User` and a count are more than a name of one letter.
      expect(JSON.stringify(scrubbed).length).toBeLessThanOrEqual(2 * JSON.stringify(object).length);
    };
    fc.assert(
      fc.property(fc.oneof(json, following(RULES[rule])), (object) => {
        check(object, false);
        check(object, true);
      }),
      // The seed is printed by fast-check on failure; runs are few because every rule has its own.
      { seed: SEED, numRuns: 20 },
    );
  });
});
