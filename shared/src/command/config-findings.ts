import { failed, fine, type Finding, skipped, trouble } from './finding.ts';

/** What a usable configuration is told as; `warnings` are those of whoever read it. */
export function configFindings(warnings: readonly string[]): Finding[] {
  if (warnings.length === 0) return [fine('config', 'every option is valid')];
  const cure = 'correct the name, or take the variable out';
  return warnings.map((detail) => trouble('config', { severity: 'warning', detail, cure }));
}

/** What one is told as that cannot be used: nothing of `later`, by their ids, could be looked at. */
export function configFailed(error: unknown, later: readonly string[]): Finding[] {
  return [failed('config', error), ...later.map((id) => skipped(id, 'the configuration is not usable'))];
}
