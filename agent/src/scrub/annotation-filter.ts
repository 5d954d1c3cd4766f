import { ANNOTATIONS, LAST_APPLIED_ANNOTATIONS, LAST_APPLIED_WORDS } from './annotation-policy.ts';

/**
 * Which annotation keys may leave: those of the policy, and those that an operator adds.
 *
 * `extra` entries are `*.domain/` (that domain and all below it, on a label boundary: `notcast.ai/x` is not of `cast.ai`)
 * or any other prefix of a key. A last-applied annotation holds what everything else drops, so no prefix lets one out, and no domain
 * of the policy, but its own full name.
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
  const named = new Set(extra);

  return (key) => {
    if (isLastApplied(key)) return named.has(key);
    if (keys.has(key)) return true;
    const slash = key.indexOf('/');
    if (slash > 0) {
      const domain = key.slice(0, slash);
      if (domains.has(domain) || domainSuffixes.some((suffix) => isWithin(domain, suffix))) return true;
    }
    return prefixes.some((prefix) => key.startsWith(prefix));
  };
}

const LAST_APPLIED = new Set(LAST_APPLIED_ANNOTATIONS);

/** Whether a key is one under which a tool keeps a whole object. */
function isLastApplied(key: string): boolean {
  return LAST_APPLIED.has(key) || LAST_APPLIED_WORDS.some((word) => key.includes(word));
}

const isWithin = (domain: string, suffix: string): boolean =>
  domain.endsWith(suffix) && (domain.length === suffix.length || domain[domain.length - suffix.length - 1] === '.');
