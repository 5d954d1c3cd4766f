/** What decides whether a variable was meant for us. */
export interface KnownVariables {
  /** Names that some option reads. */
  readonly names: readonly string[];
  /** A variable that starts like this is ours. */
  readonly prefixes: readonly string[];
}

/**
 * What Kubernetes sets in every container for each service of the namespace (`API_SERVICE_HOST`, `API_PORT_443_TCP_ADDR`):
 * a service called "api" must not produce warnings about our API_ options.
 */
const SERVICE_LINK = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/u;

/**
 * One warning for each variable that nobody reads although it looks like ours, by its prefix or by being one or two
 * keystrokes away from an option. A misspelt option would otherwise be a silent default.
 */
export function findUnknownVariables(environment: Iterable<string>, known: KnownVariables): string[] {
  const names = new Set(known.names);
  const warnings: string[] = [];
  for (const variable of [...environment].sort()) {
    if (names.has(variable) || SERVICE_LINK.test(variable)) continue;
    const meant = closestName(variable, known.names);
    if (meant !== undefined) warnings.push(`${variable} is set, but there is no such option: did you mean ${meant}?`);
    else if (known.prefixes.some((prefix) => variable.startsWith(prefix))) {
      warnings.push(`${variable} is set, but there is no such option`);
    }
  }
  return warnings;
}

/** The name that was meant, if one is a keystroke or two away. Short names are near to everything, so they get less tolerance. */
export function closestName(variable: string, names: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const tolerance = name.length >= 9 ? 2 : name.length >= 6 ? 1 : 0;
    if (Math.abs(name.length - variable.length) > tolerance) continue;
    const distance = editDistance(variable, name);
    if (distance <= tolerance && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

/** Optimal string alignment: the number of characters to insert, delete or replace, and of neighbours to swap. */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1];
    for (let column = 0; column < to.length; column += 1) {
      const replaced = (row[column] ?? 0) + (from[index] === to[column] ? 0 : 1);
      const isSwapped = from[index] === to[column - 1] && from[index - 1] === to[column];
      const swapped = isSwapped ? (before[column - 1] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
