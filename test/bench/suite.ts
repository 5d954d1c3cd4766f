import type { Figure } from './figure.ts';

/** Measures something, and tells `report` what is being done. */
export type Measure = (report: (line: string) => void) => Promise<Figure[]>;

/** What is measured in one go: all of it, or some parts by name. */
export interface Suite {
  /** Makes what all parts need. */
  readonly prepare?: () => void;
  readonly parts: Readonly<Record<string, Measure>>;
}

/** The parts of these names, all when none is named, in the order of the suite. Throws `RangeError` for a name that is none. */
export function partsOf({ parts }: Suite, names: readonly string[]): Measure[] {
  const unknown = names.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    throw new RangeError(`there is no part ${unknown.join(', ')}; there is ${Object.keys(parts).join(', ')}`);
  }
  return Object.entries(parts)
    .filter(([name]) => names.length === 0 || names.includes(name))
    .map(([, measure]) => measure);
}
