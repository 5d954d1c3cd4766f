import type { PodTerm } from '../view/pod-terms.ts';
import type { PodRecord } from '../view/pod-record.ts';
import { sharpest } from './label-index.ts';

/** A term of a pod of some namespace. */
export interface NamespacedTerm {
  readonly term: PodTerm;
  readonly namespace: string;
}

/** Finds the terms that may speak of a pod without asking all of them, by the label that they want it to have. */
export class TermIndex<Held extends NamespacedTerm> {
  /** By key and value of that label. */
  readonly #byLabel = new Map<string, Map<string, Held[]>>();
  /** Those that want none. */
  readonly #others: Held[] = [];

  constructor(all: readonly Held[]) {
    for (const held of all) {
      const { selector } = held.term;
      // Without a selector it speaks of nobody.
      if (selector === undefined) continue;
      const sharp = sharpest(selector);
      if (sharp === undefined) this.#others.push(held);
      else for (const value of new Set(sharp.values)) this.#add(held, sharp.key, value);
    }
  }

  /** Those whose selector may select a pod, each once; whether it does, and its namespace, is still to be asked. */
  maybeAbout({ labels }: Pick<PodRecord, 'labels'>): Held[] {
    const found = [...this.#others];
    for (const [key, byValue] of this.#byLabel) {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (value !== undefined) found.push(...(byValue.get(value) ?? []));
    }
    return found;
  }

  #add(held: Held, key: string, value: string): void {
    const byValue = this.#byLabel.get(key) ?? new Map<string, Held[]>();
    this.#byLabel.set(key, byValue);
    const same = byValue.get(value);
    if (same === undefined) byValue.set(value, [held]);
    else same.push(held);
  }
}
