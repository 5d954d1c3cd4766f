import type { EvictionRule, NodeMatch, PodMatch } from '../simulate/removal-policy.ts';
import { type Place, readPlaces } from './place.ts';
import { selectorIn } from './selector-in.ts';

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
  const { root, problems } = readPlaces(text);
  const rules = root?.members(['evictionConfig'])['evictionConfig']?.items().flatMap(readRule) ?? [];
  return problems.length > 0 ? { rules: [], problems } : { rules, problems };
}

function readRule(place: Place): EvictionRule[] {
  const { podSelector, nodeSelector, settings } = place.named(['podSelector', 'nodeSelector', 'settings']);
  const selectors = [podSelector, nodeSelector].filter((one) => one !== undefined);
  if (selectors.length !== 1) place.problem('has to have exactly one of podSelector and nodeSelector');
  if (settings === undefined) place.problem('has no settings: what shall become of what it selects?');
  const match = podSelector === undefined ? nodeMatch(nodeSelector) : podMatch(podSelector);
  return (settings === undefined ? [] : settingsIn(settings)).map((setting) => ({ match, setting }));
}

function settingsIn(place: Place): EvictionRule['setting'][] {
  const members = place.named(SETTINGS);
  const on = SETTINGS.filter((name) => members[name] !== undefined && isOn(members[name]));
  if (Object.values(members).every((one) => one === undefined))
    place.problem(`has to name one of ${SETTINGS.join(', ')}`);
  if (on.length > 1) place.problem(`says ${on.join(' and ')} at once: one rule says one thing`);
  return on;
}

const SETTINGS: readonly EvictionRule['setting'][] = ['removalDisabled', 'disposable', 'aggressive'];

function isOn(place: Place): boolean {
  if (typeof place.value === 'boolean') return place.value;
  const { enabled } = place.named(['enabled']);
  if (typeof enabled?.value === 'boolean') return enabled.value;
  place.problem('has to be true, false, or {enabled: true}');
  return false;
}

function podMatch(place: Place): PodMatch {
  const { namespace, kind, replicasMin, labelSelector } = place.named([
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
  const labelSelector = place?.named(['labelSelector'])['labelSelector'];
  // One that selects every node by having lost its selector would be a trap.
  if (place !== undefined && labelSelector === undefined) place.problem('has no labelSelector');
  return { is: 'node', selector: labelSelector === undefined ? [] : selectorIn(labelSelector) };
}
