/**
 * Kinds that an operator wants read beside those of the table: `EXTRA_KINDS`. What leaves of them is one of two closed rules, never a path
 * of the operator's own, so that no slip lets a secret out. Neither kinds of the core group, Secrets among them, nor kinds of the table can
 * be named: those have rules of their own.
 */
import type { ScrubRuleName } from '../scrub/rules.ts';

/** One of them. */
export interface ExtraKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly scrub: ScrubRuleName;
}

/** What leaves of an object, by the word in the option. */
const SCRUBS: Readonly<Record<string, ScrubRuleName>> = { metadata: 'metadataOnly', workload: 'extraWorkload' };

const FORM = String.raw`(?<group>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/(?<version>v[0-9]+(?:(?:alpha|beta)[0-9]+)?)/(?<resource>[a-z][a-z0-9]*):(?<keeps>metadata|workload)`;
const WHOLE = new RegExp(`^${FORM}$`, 'u');

/** What an entry of `EXTRA_KINDS` looks like; `known` are the kinds that are read in any case. */
export function extraKindPattern(known: readonly Pick<ExtraKind, 'group' | 'resource'>[]): RegExp {
  const ours = known
    .filter(({ group }) => group !== '')
    .map(({ group, resource }) => `${RegExp.escape(group)}/[^/]*/${RegExp.escape(resource)}`);
  return new RegExp(`^(?!(?:${ours.join('|')}):)${FORM}$`, 'u');
}

/** Reads the entries, which look as they should. One that names a kind again is none: the first one counts. */
export function parseExtraKinds(entries: readonly string[]): ExtraKind[] {
  const kinds = new Map<string, ExtraKind>();
  for (const entry of entries) {
    const { group = '', version = '', resource = '', keeps = '' } = WHOLE.exec(entry)?.groups ?? {};
    const scrub = SCRUBS[keeps];
    const name = `${resource}.${group}`;
    if (scrub !== undefined && !kinds.has(name)) kinds.set(name, { group, version, resource, scrub });
  }
  return [...kinds.values()];
}

/** Entries that name a kind which an entry before them has named: whoever wrote them meant something that does not happen. */
export function repeatedKinds(entries: readonly string[]): string[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const { group, resource } = WHOLE.exec(entry)?.groups ?? {};
    const name = `${String(resource)}.${String(group)}`;
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated;
  });
}
