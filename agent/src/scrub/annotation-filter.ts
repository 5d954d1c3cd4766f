import { ANNOTATIONS, LAST_APPLIED_ANNOTATION } from './rules.ts';

/**
 * Which annotation keys may leave: those of the policy, and those that an operator adds.
 *
 * `extra` entries are `*.domain/` (that domain and all below it, on a label boundary: `notcast.ai/x` is not of `cast.ai`)
 * or any other prefix of a key. The last-applied annotation holds what everything else drops, so no prefix lets it out
 * but its own full name.
 */
export function annotationFilter(extra: readonly string[]): (key: string) => boolean {
  const domainSuffixes: string[] = [];
  const domains = new Set<string>();
  const keys = new Set<string>();
  for (const { allow } of ANNOTATIONS) {
    if (allow.startsWith('*.')) domainSuffixes.push(allow.slice(2, -1));
    else if (allow.endsWith('/')) domains.add(allow.slice(0, -1));
    else keys.add(allow);
  }
  const prefixes: string[] = [];
  for (const entry of extra) {
    if (entry.startsWith('*.')) domainSuffixes.push(entry.slice(2).replace(/\/$/, ''));
    else prefixes.push(entry);
  }
  const allowsLastApplied = extra.includes(LAST_APPLIED_ANNOTATION);

  return (key) => {
    if (key === LAST_APPLIED_ANNOTATION) return allowsLastApplied;
    if (keys.has(key)) return true;
    const slash = key.indexOf('/');
    if (slash > 0) {
      const domain = key.slice(0, slash);
      if (domains.has(domain) || domainSuffixes.some((suffix) => isWithin(domain, suffix))) return true;
    }
    return prefixes.some((prefix) => key.startsWith(prefix));
  };
}

const isWithin = (domain: string, suffix: string): boolean =>
  domain.endsWith(suffix) && (domain.length === suffix.length || domain[domain.length - suffix.length - 1] === '.');
