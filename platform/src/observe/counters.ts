/** What the platform counts besides its durable counters. In memory: from 0 again when it starts. */
import { REJECTION_CODES, type RejectionCode } from '../ingest/plan-batch.ts';
import type { IngestEvent } from '../ingest/ingest-event.ts';

/** Codes of whole requests that were refused; what is none of them counts as `OTHER`. */
export const REFUSAL_CODES: readonly string[] = [
  'FENCED',
  'FORBIDDEN',
  'GAP',
  'INVALID_BATCH',
  'INVALID_CONTINUITY_TOKEN',
  'INVALID_DELTA',
  'INVALID_REQUEST',
  'NOT_LEADER',
  'NOT_NEWER',
  'OTHER',
  'TOO_LARGE',
  'UNAUTHORIZED',
  'UNDECODABLE',
  'UNKNOWN_CLUSTER',
  'UNKNOWN_EPOCH',
  'UNSUPPORTED_ENCODING',
];

/** Counts by code. */
export class Counters {
  /** Requests refused as a whole. */
  readonly refusals = new Map<string, number>(REFUSAL_CODES.map((code) => [code, 0]));
  /** Entries refused alone. */
  readonly rejections = new Map<RejectionCode, number>(REJECTION_CODES.map((code) => [code, 0]));
  /** Batches that came again and changed nothing. */
  duplicates = 0;
  /** Entries that were harmless and without effect. */
  ignored = 0;

  /** Counts one refused request. */
  refused(code: string): void {
    const known = this.refusals.has(code) ? code : 'OTHER';
    this.refusals.set(known, (this.refusals.get(known) ?? 0) + 1);
  }

  /** Counts what an ingest event tells. */
  observe(event: IngestEvent): void {
    if (event.type === 'duplicate') this.duplicates += 1;
    if (event.type !== 'processed') return;
    this.ignored += event.plan.ignored;
    for (const { code } of event.plan.rejections) this.rejections.set(code, (this.rejections.get(code) ?? 0) + 1);
  }
}
