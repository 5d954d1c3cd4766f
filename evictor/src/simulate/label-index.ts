import { type Selector, selects } from '../view/label-selector.ts';
import type { Labels } from '../view/parts.ts';

/** Something that has labels. */
interface Labelled {
  readonly labels: Labels;
}

/**
 * Finds what a selector selects without asking everybody: thousands of terms ask of thousands of templates, and nearly each begins with a label that
 * has to have a value.
 */
export class LabelIndex<Item extends Labelled> {
  readonly #items: readonly Item[];
  /** By key and value; of the keys that somebody asked for. */
  readonly #byKey = new Map<string, Map<string, Item[]>>();

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  /** Those that a selector selects. */
  selectedBy(selector: Selector | undefined): Item[] {
    if (selector === undefined) return [];
    return this.#mayBe(selector).filter(({ labels }) => selects(selector, labels));
  }

  #mayBe(selector: Selector): readonly Item[] {
    const sharp = sharpest(selector);
    if (sharp === undefined) return this.#items;
    const byValue = this.#having(sharp.key);
    return [...new Set(sharp.values)].flatMap((value) => byValue.get(value) ?? []);
  }

  #having(key: string): Map<string, Item[]> {
    let byValue = this.#byKey.get(key);
    if (byValue === undefined) {
      this.#byKey.set(key, (byValue = new Map()));
      for (const item of this.#items) {
        const value = Object.hasOwn(item.labels, key) ? item.labels[key] : undefined;
        if (value === undefined) continue;
        const same = byValue.get(value);
        if (same === undefined) byValue.set(value, [item]);
        else same.push(item);
      }
    }
    return byValue;
  }
}

/** The first condition that names the values which a label may have; undefined where none does. */
export function sharpest(selector: Selector): Selector[number] | undefined {
  return selector.find(({ operator }) => operator === 'In');
}
