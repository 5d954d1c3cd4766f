import { Interner } from './interner.ts';
import type { Marks } from './marks.ts';
import type { NodeSystem } from './node-system.ts';
import type { Labels } from './parts.ts';
import type { PodDemand } from './pod-demand.ts';
import type { PodOwner } from './pod-owner.ts';
import type { Amounts } from './requests.ts';
import type { Taint } from './taint.ts';

/** What the records of a view share with each other. */
export interface ViewInterners {
  /** Names of nodes and namespaces. */
  readonly texts: Map<string, string>;
  readonly labels: Interner<Labels>;
  readonly demands: Interner<PodDemand>;
  readonly owners: Interner<PodOwner>;
  readonly marks: Interner<Marks>;
  readonly claims: Interner<readonly string[]>;
  readonly taints: Interner<readonly Taint[]>;
  /** What nodes have, and how many volumes of which driver they take. */
  readonly amounts: Interner<Amounts>;
  readonly systems: Interner<NodeSystem>;
}

/** Interners of one view. */
export function viewInterners(): ViewInterners {
  return {
    texts: new Map(),
    labels: new Interner(),
    demands: new Interner(),
    owners: new Interner(),
    marks: new Interner(),
    claims: new Interner(),
    taints: new Interner(),
    amounts: new Interner(),
    systems: new Interner(),
  };
}

/** Nodes come and go for years: what is not shared any more is seen anew. */
const MOST_TEXTS = 50_000;

/** The text that was seen first of all that are equal. */
export function sameText({ texts }: Pick<ViewInterners, 'texts'>, text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= MOST_TEXTS) texts.clear();
  texts.set(text, text);
  return text;
}
