import { CastaiError } from '@castai/shared/errors.ts';

/**
 * What can be wrong with the data of a node, as a closed set: logs, `/readyz`, metrics and tests name conditions by these
 * words. None of them ends the program. The order is that of the stages.
 */
export const DATA_PROBLEMS = [
  'directory-missing',
  'access-denied',
  'ovf-env-missing',
  'ovf-env-malformed',
  'custom-data-absent',
  'custom-script-absent',
  'settings-empty',
  'settings-malformed',
  'command-absent',
  'unstable',
  'not-a-file',
  'too-large',
  'key-missing',
  'key-unusable',
  'decryption-failed',
  'settings-changed',
  'crypto-unsuitable',
  'worker-failed',
] as const;

/** One of the conditions. */
export type DataProblemKind = (typeof DATA_PROBLEMS)[number];

/** What may be told about a condition beside its name: never anything out of a file. */
export interface DataProblemDetails {
  /** Where in the decryption it happened; later stages are not told apart, so that nobody can use us as an oracle. */
  readonly stage?: 'structure' | 'algorithm' | 'content' | undefined;
  /** Algorithms that the input names, in dotted form. */
  readonly oids?: readonly string[] | undefined;
  /** Size of what was looked at. */
  readonly bytes?: number | undefined;
  /** What an operator can do. */
  readonly hint?: string | undefined;
}

/**
 * A condition of the data that keeps it from being sent. It never has a cause: errors of parsers and of OpenSSL may quote
 * what they failed on.
 */
export class DataProblem extends CastaiError {
  override readonly name = 'DataProblem';
  readonly kind: DataProblemKind;
  readonly details: DataProblemDetails;

  constructor(kind: DataProblemKind, message: string, details: DataProblemDetails = {}) {
    super('INIT_DATA_UNUSABLE', describe(message, details), { hint: details.hint });
    this.kind = kind;
    this.details = details;
  }

  /** The same condition in another process: `message` is what the original's was. */
  static restore(kind: DataProblemKind, message: string, details: DataProblemDetails): DataProblem {
    const problem = new DataProblem(kind, '', details);
    problem.message = message;
    return problem;
  }
}

function describe(message: string, { stage, oids = [], bytes }: DataProblemDetails): string {
  const parts = [
    ...(stage === undefined ? [] : [`stage ${stage}`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ...(oids.length === 0 ? [] : [`OIDs ${oids.join(', ')}`]),
  ];
  return parts.length === 0 ? message : `${message} (${parts.join('; ')})`;
}
