/** The rows of several versions of Kubernetes as one table. */
export interface Merged {
  /** By the name of the message. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
  /** Fields that were another thing under the same number once: the newer one is in the rows. */
  readonly contradictions: readonly string[];
}

/**
 * Brings the rows of several versions together, newest first: Kubernetes never gives the number of a field that is gone to another one, so
 * that one table reads what every version writes.
 */
export function mergeRows(versions: readonly ReadonlyMap<string, readonly string[]>[]): Merged {
  const merged = new Map<string, Map<number, string>>();
  const contradictions: string[] = [];
  for (const rows of versions) {
    for (const [name, fields] of rows) {
      const known = merged.get(name) ?? new Map<number, string>();
      merged.set(name, known);
      for (const field of fields) {
        const number = Number.parseInt(field, 10);
        const newer = known.get(number);
        if (newer === undefined) known.set(number, field);
        else if (newer !== field) contradictions.push(`${name}: ${field}, now ${newer}`);
      }
    }
  }
  const rows = [...merged].map(([name, fields]): [string, string[]] => [
    name,
    [...fields].toSorted(([one], [other]) => one - other).map(([, field]) => field),
  ]);
  return { rows: new Map(rows), contradictions: [...new Set(contradictions)] };
}
