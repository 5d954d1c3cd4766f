import type { StatusDocument } from '../http/status-document.ts';

/** What is asked of a program: its `/statusz` and its `/readyz`, both as JSON. */
export interface ProgramStatus {
  readonly document: StatusDocument;
  readonly isReady: boolean;
  /** One line each. */
  readonly reasons: readonly string[];
}

/**
 * Reads the two answers of a program. Undefined when they are something else: another program may listen there, or a version that is
 * older than the command.
 */
export function parseStatus(status: string, readiness: string): ProgramStatus | undefined {
  const document = parse(status);
  if (!isRecord(document) || typeof document['program'] !== 'string' || !Array.isArray(document['sections'])) {
    return undefined;
  }
  const answer = parse(readiness);
  const { ready, reasons } = isRecord(answer) ? answer : {};
  return {
    // What a program of ours gives under these names has this form.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    document: document as unknown as StatusDocument,
    isReady: ready === true,
    reasons: Array.isArray(reasons) ? reasons.map(String) : [],
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
