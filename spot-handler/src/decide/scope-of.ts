import type { Notice } from '../poll/notice.ts';
import type { Scope } from './interruption-signals.ts';

/**
 * Whom a notice concerns. A notice without names is about the machine that was told. Names are compared without regard to
 * letters' case, as Azure's are in several spellings; while our own names are not known nothing is decided.
 */
export function scopeOf({ resources }: Pick<Notice, 'resources'>, ownNames: readonly string[]): Scope {
  if (resources === undefined) return 'own';
  if (ownNames.length === 0) return 'unknown';
  const own = new Set(ownNames.map((name) => name.toLowerCase()));
  return resources.some((resource) => own.has(resource.toLowerCase())) ? 'own' : 'foreign';
}
