/**
 * What is told of the findings in a report of trivy-operator, in place of them: of each its id, how bad it is and what would mend it, and no
 * prose. A report may list thousands of them, each with titles, links and messages; of so many nobody reads more than the worst.
 */
import { isRecord, type JsonObject } from '@castai/shared/kube/kube-object.ts';
import { numberIn } from '@castai/shared/kube/read-value.ts';

/** Findings that are told of one report; of those left out the number. The counts by severity stand beside them, and are whole. */
export const MOST_FINDINGS = 100;

const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'];
/** `CVE-2026-1234`, `GHSA-…`, `TEMP-0841856-B18BAF`, `AVD-KSV-0001`, `5.2.13`. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
/** `openssl`, `@babel/core`, `org.apache.logging.log4j:log4j-core`, `golang.org/x/net`. */
const PACKAGE = /^[\w@][\w@./:+~-]{0,255}$/;
/** `1:1.1.1k-12.el8_9`, and where several lines of versions were mended `1.20.12, 1.21.5`. */
const VERSIONS = /^[\w.+:~^-]{1,128}(?:, ?[\w.+:~^-]{1,128}){0,15}$/;

/** Of vulnerabilities id, severity, package, installed and mended version; worst first, those that can be mended before others. */
export function tellVulnerabilities(value: unknown): JsonObject | undefined {
  return tellWorst(value, (found) => {
    const [id, name] = [matching(ID, found['vulnerabilityID']), matching(PACKAGE, found['resource'])];
    if (id === undefined) return undefined;
    return definedOf({
      id,
      severity: severityOf(found),
      package: name,
      installed: matching(VERSIONS, found['installedVersion']),
      fixed: matching(VERSIONS, found['fixedVersion']),
    });
  });
}

/** Of the checks of a configuration those that failed, by id and severity. */
export function tellFailedChecks(value: unknown): JsonObject | undefined {
  return tellWorst(value, (check) => {
    const id = matching(ID, check['checkID']);
    return id === undefined || check['success'] !== false ? undefined : { id, severity: severityOf(check) };
  });
}

/**
 * Of the controls of a benchmark those that failed, by id, severity and number of failures; how many passed, and how many nothing can check
 * but a person. A report holds them as numbers (`summary`) or with every check (`all`).
 */
export function tellControls(value: unknown): JsonObject | undefined {
  if (!Array.isArray(value)) return undefined;
  const counts = { passed: 0, manual: 0 };
  const failed = tellWorst(value, (control) => {
    const id = matching(ID, control['id']);
    const failures = failuresOf(control);
    if (failures === undefined) counts.manual += 1;
    else if (failures === 0) counts.passed += 1;
    return id === undefined || !failures ? undefined : { id, severity: severityOf(control), failures };
  });
  return { ...failed, ...counts };
}

/** Undefined: nothing has checked it. */
function failuresOf({ totalFail, checks }: Record<string, unknown>): number | undefined {
  const failures = numberIn(totalFail);
  if (failures !== undefined) return failures;
  if (!Array.isArray(checks) || checks.length === 0) return undefined;
  return checks.filter((check) => isRecord(check) && check['success'] === false).length;
}

function tellWorst(
  value: unknown,
  tell: (finding: Record<string, unknown>) => JsonObject | undefined,
): JsonObject | undefined {
  if (!Array.isArray(value)) return undefined;
  const told = new Map<string, JsonObject>();
  for (const finding of value) {
    const one = isRecord(finding) ? tell(finding) : undefined;
    // One package at several places of an image is one finding.
    if (one !== undefined) told.set(orderOf(one), one);
  }
  const worst = [...told].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const leftOut = worst.length - MOST_FINDINGS;
  return { found: worst.slice(0, MOST_FINDINGS), ...(leftOut > 0 ? { leftOut } : {}) };
}

/** Sorts by it; equal findings are equal. */
function orderOf({ severity, ...rest }: JsonObject): string {
  const rank = SEVERITIES.findIndex((one) => one === severity);
  return `${rank} ${rest['fixed'] === undefined ? 1 : 0} ${JSON.stringify(rest)}`;
}

function severityOf({ severity }: Record<string, unknown>): string {
  return SEVERITIES.find((one) => one === severity) ?? 'UNKNOWN';
}

function matching(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function definedOf(fields: Record<string, string | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
