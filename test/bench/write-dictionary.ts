/**
 * `npm run dictionary`: writes `shared/src/wire/ingest/dictionary.json`, what agent and platform both know of bodies before the first
 * one comes: one object of each kind of the sample cluster, and a few pods, as the scrub policy lets them leave.
 *
 * A platform has to know every dictionary that an agent was ever released with, so this runs when the policy has changed much, not with
 * each change of it: an old dictionary is a little worse and never wrong.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES, type ScrubRuleName } from '@castai/agent/scrub/rules.ts';
import { rulesFor, scrubObject } from '@castai/agent/scrub/scrub-json.ts';
import { type SampleObject, sampleCluster } from '../samples/sample-cluster.ts';
import { readCall } from '../../scripts/read-call.ts';

readCall(
  `npm run dictionary

Writes the dictionary anew by which agent and platform compress small batches.`,
  { options: {} },
);

const TARGET = join(import.meta.dirname, '../../shared/src/wire/ingest/dictionary.json');

/** What changes most stands last, where a reference to it is shortest; three pods of other workloads are as good as sixteen (measured). */
const PODS = 3;

/** Values that are never met again: of these only what stands around them is worth a place. */
const NEVER_AGAIN = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|(?<=sha256:)[0-9a-f]{64}/gu;

const kinds = new Map<string, string[]>();
for (const object of sampleCluster({ seed: 77, nodes: 20, pods: 400, provider: 'aws' })) {
  const text = textOf(object);
  if (text !== undefined) kinds.set(object.kind, [...(kinds.get(object.kind) ?? []), text]);
}
const pods = kinds.get('Pod') ?? [];
kinds.delete('Pod');
const others = [...kinds.values()].map((texts) => texts[texts.length >> 1]);
const texts = [
  ...others,
  ...Array.from({ length: PODS }, (_, index) => pods[Math.floor((index * pods.length) / PODS)]),
];
writeFileSync(TARGET, `${JSON.stringify(texts, undefined, 2)}\n`);
console.log(`${String(kinds.size + 1)} kinds, ${String(texts.join('').length)} bytes`);

/** The object as it leaves, without what is in no other one; undefined for a kind without a rule of its own name. */
function textOf(object: SampleObject): string | undefined {
  const rule = object.kind.charAt(0).toLowerCase() + object.kind.slice(1);
  if (!isRule(rule)) return undefined;
  const rules = rulesFor({ scrub: rule }, { reenable: new Set(), annotationPrefixes: [] });
  return JSON.stringify(scrubObject(rules, object), (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(NEVER_AGAIN, '') : value,
  );
}

function isRule(name: string): name is ScrubRuleName {
  return Object.hasOwn(RULES, name);
}
