import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parse } from 'yaml';
import type { EvictionRule, NodeMatch, PodMatch } from '../simulate/removal-policy.ts';
import { readSelector, type Selector } from '../view/label-selector.ts';

/** Rules, or everything that is wrong with them. */
export interface ParsedRules {
  readonly rules: readonly EvictionRule[];
  /** One line for each problem, with the place and what to do. Nothing is used while there is one. */
  readonly problems: readonly string[];
}

/**
 * Reads the rules of the existing evictor: `evictionConfig`, a list of one selector and one setting each, the setting as
 * `{enabled: true}` or as `true`. Strict: a word in the wrong place, as in a text that lost its indentation, is a problem and not a rule
 * that means nothing. An empty file has no rules.
 */
export function readRules(text: string): ParsedRules {
  const problems: string[] = [];
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return {
      rules: [],
      problems: [`it is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`],
    };
  }
  if (document === null || document === undefined) return { rules: [], problems: [] };
  const root = new Place('the file', document, problems);
  const rules = root.members(['evictionConfig'])['evictionConfig']?.items().flatMap(readRule) ?? [];
  return problems.length > 0 ? { rules: [], problems } : { rules, problems };
}

function readRule(place: Place): EvictionRule[] {
  const { podSelector, nodeSelector, settings } = place.members(['podSelector', 'nodeSelector', 'settings']);
  const selectors = [podSelector, nodeSelector].filter((one) => one !== undefined);
  if (selectors.length !== 1) place.problem('has to have exactly one of podSelector and nodeSelector');
  if (settings === undefined) place.problem('has no settings: what shall become of what it selects?');
  const match = podSelector === undefined ? nodeMatch(nodeSelector) : podMatch(podSelector);
  return (settings === undefined ? [] : settingsIn(settings)).map((setting) => ({ match, setting }));
}

function settingsIn(place: Place): EvictionRule['setting'][] {
  const members = place.members(SETTINGS);
  const on = SETTINGS.filter((name) => members[name] !== undefined && isOn(members[name]));
  if (Object.values(members).every((one) => one === undefined))
    place.problem(`has to name one of ${SETTINGS.join(', ')}`);
  if (on.length > 1) place.problem(`says ${on.join(' and ')} at once: one rule says one thing`);
  return on;
}

const SETTINGS: readonly EvictionRule['setting'][] = ['removalDisabled', 'disposable', 'aggressive'];

function isOn(place: Place): boolean {
  if (typeof place.value === 'boolean') return place.value;
  const { enabled } = place.members(['enabled']);
  if (typeof enabled?.value === 'boolean') return enabled.value;
  place.problem('has to be true, false, or {enabled: true}');
  return false;
}

function podMatch(place: Place): PodMatch {
  const { namespace, kind, replicasMin, labelSelector } = place.members([
    'namespace',
    'kind',
    'replicasMin',
    'labelSelector',
  ]);
  return {
    is: 'pod',
    namespace: namespace?.text(),
    kind: kind?.text(),
    replicasMin: replicasMin?.count(),
    selector: labelSelector === undefined ? [] : selectorIn(labelSelector),
  };
}

function nodeMatch(place: Place | undefined): NodeMatch {
  const labelSelector = place?.members(['labelSelector'])['labelSelector'];
  // One that selects every node by having lost its selector would be a trap.
  if (place !== undefined && labelSelector === undefined) place.problem('has no labelSelector');
  return { is: 'node', selector: labelSelector === undefined ? [] : selectorIn(labelSelector) };
}

function selectorIn(place: Place): Selector {
  const { selector, unknown } = readSelector(place.value);
  for (const one of unknown) place.problem(`has ${one}, which no label selector has`);
  if (!isRecord(place.value)) place.problem('has to be a label selector: matchLabels, matchExpressions');
  return selector ?? [];
}

/** A place in the document: what it holds, and how an operator finds it. */
class Place {
  readonly value: unknown;
  readonly #path: string;
  readonly #problems: string[];

  constructor(path: string, value: unknown, problems: string[]) {
    this.#path = path;
    this.value = value;
    this.#problems = problems;
  }

  problem(text: string): void {
    this.#problems.push(`${this.#path} ${text}`);
  }

  /** Its members; any other than these is a problem. */
  members<Name extends string>(known: readonly Name[]): Partial<Record<Name, Place>> {
    if (!isRecord(this.value)) {
      this.problem(`has to hold ${known.join(', ')}`);
      return {};
    }
    for (const name of Object.keys(this.value)) {
      if (!known.some((one) => one === name))
        this.problem(`has ${name}, which is not known there (known: ${known.join(', ')})`);
    }
    const members: Partial<Record<Name, Place>> = {};
    for (const name of known) {
      const value = this.value[name];
      if (value !== undefined && value !== null)
        members[name] = new Place(`${this.#path}: ${name}`, value, this.#problems);
    }
    return members;
  }

  items(): Place[] {
    if (Array.isArray(this.value))
      return this.value.map((value, index) => new Place(`${this.#path}[${index}]`, value, this.#problems));
    this.problem('has to be a list');
    return [];
  }

  text(): string | undefined {
    if (typeof this.value === 'string') return this.value;
    this.problem(`has to be text: put it in quotes`);
    return undefined;
  }

  count(): number | undefined {
    if (typeof this.value === 'number' && Number.isInteger(this.value) && this.value >= 0) return this.value;
    this.problem('has to be a whole number');
    return undefined;
  }
}
