/**
 * What is known of the security of a cluster, object by object: images that run with what a scanner found in them, why pods are pending, and
 * how the cluster stands against benchmarks. Pure; costs memory by images, not by pods.
 */
import { compareText } from '@castai/shared/compare-text.ts';
import { field, list, text } from '../loose-fields.ts';
import { imageKey } from './image-key.ts';

/** Findings by severity. */
export interface SeverityCounts {
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly unknown: number;
}

/** One vulnerability of an image; an empty version is not known. */
export interface Vulnerability {
  readonly id: string;
  readonly severity: string;
  readonly package: string;
  readonly installed: string;
  readonly fixed: string;
}

/** An image that runs, by its digest. */
export interface ImageRow {
  readonly key: string;
  /** What pods call it, in order. */
  readonly names: readonly string[];
  readonly pods: number;
  /** Absent: no report is of it, which is not the same as no findings. */
  readonly found?: { readonly counts: SeverityCounts; readonly worst: readonly Vulnerability[]; readonly at: string };
}

/** Why pods are pending. */
export interface PendingReason {
  readonly key: string;
  readonly pods: number;
}

/** A pending pod. `reasons` is empty where the scheduler has told none. */
export interface PendingPod {
  readonly key: string;
  readonly nodes: number;
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

/** How the cluster stands against a benchmark. */
export interface BenchmarkRow {
  readonly key: string;
  readonly benchmark: string;
  readonly passed: number;
  readonly failed: number;
  /** Controls that only a person can check, where the report tells. */
  readonly manual: number;
  readonly controls: readonly { readonly id: string; readonly severity: string; readonly failures: number }[];
  readonly at: string;
}

type Found = NonNullable<ImageRow['found']>;

const SHOWN = { images: 200, pending: 100, worst: 5 } as const;

/** Sums up. */
export class SecurityPicture {
  readonly #images = new Map<string, { readonly names: Set<string>; pods: number }>();
  readonly #reports = new Map<string, Found>();
  readonly #pending: PendingPod[] = [];
  readonly #reasons = new Map<string, number>();
  readonly #benchmarks: BenchmarkRow[] = [];
  #pendingCount = 0;

  /** A pod, as it came. */
  takePod(body: unknown): void {
    const status = field(body, 'status');
    const names = new Map(containersOf(field(body, 'spec')).map((one) => [text(field(one, 'name')), one]));
    const statuses = ['containerStatuses', 'initContainerStatuses'].flatMap((key) => list(field(status, key)));
    const digests = new Map(statuses.map((one) => [text(field(one, 'imageID')), text(field(one, 'name'))]));
    for (const [digest, container] of digests) {
      if (digest === '') continue;
      const image = this.#images.get(digest) ?? { names: new Set(), pods: 0 };
      this.#images.set(digest, image);
      image.pods += 1;
      const name = text(field(names.get(container), 'image'));
      if (name !== '') image.names.add(name);
    }
    if (text(field(status, 'phase')) === 'Pending' && text(field(field(body, 'spec'), 'nodeName')) === '')
      this.#takePending(field(body, 'metadata'), status);
  }

  /** A report of vulnerabilities, as it came. */
  takeVulnerabilities(body: unknown): void {
    const report = field(body, 'report');
    const artifact = field(report, 'artifact');
    const found = {
      counts: countsOf(field(report, 'summary')),
      worst: list(field(field(report, 'vulnerabilities'), 'found'))
        .slice(0, SHOWN.worst)
        .map(vulnerabilityOf),
      at: text(field(report, 'updateTimestamp')),
    };
    const server = text(field(field(report, 'registry'), 'server'));
    const name = [server, text(field(artifact, 'repository'))].filter((part) => part !== '').join('/');
    const tag = text(field(artifact, 'tag'));
    const keys = [text(field(artifact, 'digest')), name === '' ? '' : imageKey(tag === '' ? name : `${name}:${tag}`)];
    for (const key of keys) {
      // Of two reports of one image, one for each workload that runs it, the newer one is told.
      if (key !== '' && (this.#reports.get(key)?.at ?? '') <= found.at) this.#reports.set(key, found);
    }
  }

  /** A report of compliance, as it came. */
  takeCompliance(body: unknown): void {
    const status = field(body, 'status');
    const summary = field(status, 'summary');
    const told =
      field(field(status, 'summaryReport'), 'controlCheck') ?? field(field(status, 'detailReport'), 'results');
    const name = text(field(field(body, 'metadata'), 'name'));
    this.#benchmarks.push({
      key: name,
      benchmark: text(field(field(field(body, 'spec'), 'compliance'), 'id')) || name,
      passed: number(field(summary, 'passCount')),
      failed: number(field(summary, 'failCount')),
      manual: number(field(told, 'manual')),
      controls: list(field(told, 'found')).map((control) => ({
        id: text(field(control, 'id')),
        severity: text(field(control, 'severity')),
        failures: number(field(control, 'failures')),
      })),
      at: text(field(status, 'updateTimestamp')),
    });
  }

  /** Images that run, those with the worst findings first, and how many there are and have a report. */
  get images(): { readonly rows: readonly ImageRow[]; readonly total: number; readonly scanned: number } {
    const rows = [...this.#images].map(([key, { names, pods }]): ImageRow => {
      const sorted = [...names].toSorted();
      const found = this.#reports.get(key) ?? sorted.map((name) => this.#reports.get(imageKey(name))).find(Boolean);
      return { key, names: sorted, pods, ...(found === undefined ? {} : { found }) };
    });
    const scanned = rows.filter(({ found }) => found !== undefined).length;
    return { rows: rows.toSorted(byWorst).slice(0, SHOWN.images), total: rows.length, scanned };
  }

  /** Pods that no node takes, and why. */
  get pending(): {
    readonly pods: number;
    readonly reasons: readonly PendingReason[];
    readonly rows: readonly PendingPod[];
  } {
    const reasons = [...this.#reasons].map(([key, pods]) => ({ key, pods }));
    return {
      pods: this.#pendingCount,
      reasons: reasons.toSorted((a, b) => b.pods - a.pods || compareText(a.key, b.key)),
      rows: this.#pending.toSorted((a, b) => compareText(a.key, b.key)),
    };
  }

  /** Benchmarks by name. */
  get benchmarks(): readonly BenchmarkRow[] {
    return this.#benchmarks.toSorted((a, b) => compareText(a.key, b.key));
  }

  #takePending(metadata: unknown, status: unknown): void {
    const conditions = list(field(status, 'conditions'));
    const verdict = field(
      conditions.find((one) => field(one, 'type') === 'PodScheduled'),
      'verdict',
    );
    const reasons = list(field(verdict, 'reasons')).map((one) => {
      const resource = text(field(one, 'resource'));
      const reason = text(field(one, 'reason'));
      return { reason: resource === '' ? reason : `${reason} ${resource}`, count: number(field(one, 'count')) };
    });
    this.#pendingCount += 1;
    for (const reason of new Set(reasons.map((one) => one.reason)))
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (this.#pending.length >= SHOWN.pending) return;
    const key = `${text(field(metadata, 'namespace'))}/${text(field(metadata, 'name'))}`;
    this.#pending.push({ key, nodes: number(field(verdict, 'nodes')), reasons });
  }
}

function containersOf(spec: unknown): readonly unknown[] {
  return ['containers', 'initContainers'].flatMap((key) => list(field(spec, key)));
}

function countsOf(summary: unknown): SeverityCounts {
  const of = (name: string): number => number(field(summary, `${name}Count`));
  return { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low'), unknown: of('unknown') };
}

function vulnerabilityOf(found: unknown): Vulnerability {
  const of = (name: string): string => text(field(found, name));
  return {
    id: of('id'),
    severity: of('severity'),
    package: of('package'),
    installed: of('installed'),
    fixed: of('fixed'),
  };
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'] as const;

/** One that nobody looked into stands behind those that somebody did, whatever was found. */
function byWorst(a: ImageRow, b: ImageRow): number {
  for (const severity of SEVERITIES) {
    const more = (b.found?.counts[severity] ?? 0) - (a.found?.counts[severity] ?? 0);
    if (more !== 0) return more;
  }
  const known = Number(a.found === undefined) - Number(b.found === undefined);
  return known || b.pods - a.pods || compareText(a.key, b.key);
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
