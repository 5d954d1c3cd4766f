import {
  ANNOTATIONS,
  LAST_APPLIED_ANNOTATIONS,
  LAST_APPLIED_WORDS,
  MAX_ANNOTATION_BYTES,
} from './annotation-policy.ts';

/**
 * How long (in UTF-8 bytes) the value of an annotation may be that leaves, by its key: 0 for one that may not leave. Of the keys of the
 * policy, and those that an operator adds.
 *
 * `extra` entries are `*.domain/` (that domain and all below it, on a label boundary: `notcast.ai/x` is not of `cast.ai`)
 * or any other prefix of a key. A last-applied annotation holds what everything else drops, so no prefix lets one out, and no domain
 * of the policy, but its own full name.
 */
export function annotationFilter(extra: readonly string[]): (key: string) => number {
  const domainSuffixes: [suffix: string, maxBytes: number][] = [];
  const domains = new Map<string, number>();
  const keys = new Map<string, number>();
  for (const { allow, maxBytes = MAX_ANNOTATION_BYTES } of ANNOTATIONS) {
    if (allow.startsWith('*.')) domainSuffixes.push([allow.slice(2, -1), maxBytes]);
    else if (allow.endsWith('/')) domains.set(allow.slice(0, -1), maxBytes);
    else keys.set(allow, maxBytes);
  }
  const prefixes: string[] = [];
  for (const entry of extra) {
    if (entry.startsWith('*.')) domainSuffixes.push([entry.slice(2).replace(/\/$/, ''), MAX_ANNOTATION_BYTES]);
    else prefixes.push(entry);
  }
  const named = new Set(extra);

  return (key) => {
    if (isLastApplied(key)) return named.has(key) ? MAX_ANNOTATION_BYTES : 0;
    const slash = key.indexOf('/');
    const domain = slash > 0 ? key.slice(0, slash) : '';
    const byDomain = domain === '' ? undefined : domains.get(domain);
    const bySuffix = domain === '' ? undefined : domainSuffixes.find(([suffix]) => isWithin(domain, suffix))?.[1];
    const byPrefix = prefixes.some((prefix) => key.startsWith(prefix)) ? MAX_ANNOTATION_BYTES : 0;
    return keys.get(key) ?? byDomain ?? bySuffix ?? byPrefix;
  };
}

const LAST_APPLIED = new Set(LAST_APPLIED_ANNOTATIONS);

/** Whether a key is one under which a tool keeps a whole object. */
function isLastApplied(key: string): boolean {
  if (LAST_APPLIED.has(key)) return true;
  const lower = key.toLowerCase();
  return LAST_APPLIED_WORDS.some((word) => lower.includes(word));
}

const isWithin = (domain: string, suffix: string): boolean =>
  domain.endsWith(suffix) && (domain.length === suffix.length || domain[domain.length - suffix.length - 1] === '.');
