import { CastaiError, toCastaiError } from '../errors.ts';

/** How bad a finding is. `skipped`: it could not be looked at, because of another finding. */
export type Severity = 'ok' | 'warning' | 'problem' | 'skipped';

/** What the doctor found out about one thing. */
export interface Finding {
  /** Stable and unique in a report, such as `api-key` or `feed/pods`: what scripts look for. */
  readonly id: string;
  readonly severity: Severity;
  /** One line: what is the case. Holds no secret. */
  readonly detail: string;
  /** What to do about it; empty when nothing is to be done. */
  readonly cure: string;
  /** Of one among many of its kind: the detail without its own name, so that those with the same cause and cure are told at once. */
  readonly group?: { readonly cause: string; readonly member: string };
}

/** Makes a finding that needs no cure. */
export function fine(id: string, detail: string): Finding {
  return { id, severity: 'ok', detail, cure: '' };
}

/** Makes a finding that somebody should act on. */
export function trouble(
  id: string,
  found: { severity: 'warning' | 'problem'; detail: string; cure: string; group?: NonNullable<Finding['group']> },
): Finding {
  return { id, ...found };
}

/** Says that something was not looked at. */
export function skipped(id: string, why: string): Finding {
  return { id, severity: 'skipped', detail: `not checked: ${why}`, cure: '' };
}

/** Makes a problem of what was thrown, in its own words and with its own cure; `address`: what was tried to reach. */
export function failed(id: string, error: unknown, address = ''): Finding {
  const { message, hint } = toCastaiError(error, 'INTERNAL');
  const fallback =
    error instanceof CastaiError ? 'see the log of the other side, and the network in between' : 'report it as a bug';
  const detail = address === '' || message.includes(address) ? message : `${address}: ${message}`;
  return trouble(id, { severity: 'problem', detail, cure: hint ?? fallback });
}

/**
 * The exit code of a report: 2 with a problem, because the program cannot do its job, 1 with no more than warnings, 0 with neither.
 * `skipped` counts for nothing: what caused it is in the report as well.
 */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  const has = (wanted: Severity): boolean => findings.some(({ severity }) => severity === wanted);
  if (has('problem')) return 2;
  return has('warning') ? 1 : 0;
}
