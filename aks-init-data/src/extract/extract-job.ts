import type { DataProblemDetails, DataProblemKind } from '../read/data-problem.ts';
import type { Shape } from '../read/classify-shape.ts';
import type { EnvelopeContext } from '../seal/seal-document.ts';

/** What is to be made of the node's data. */
export interface ExtractJob {
  /** The folder of the Azure agent, as mounted. */
  readonly root: string;
  readonly isCustomDataOptional: boolean;
  /** Base64. */
  readonly fingerprintKey: string;
  readonly output: ExtractOutput;
}

/** What leaves the extraction. `facts`: nothing but what is told about the data. */
export type ExtractOutput =
  | { readonly kind: 'facts' }
  | {
      readonly kind: 'sealed';
      readonly keyId: string;
      /** Base64. */
      readonly publicKey: string;
      /** `told` as far as it is about the node; what is about the data is added. */
      readonly context: Omit<EnvelopeContext, 'fingerprint'>;
      /** What whoever opens the envelope sends back, and nobody else can. */
      readonly receipt: string;
    }
  /** The document in the clear: compatibility mode only. */
  | { readonly kind: 'clear'; readonly architecture: string };

/** What may be told about the data: sizes and labels. */
export interface DataFacts {
  /** Keyed, 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly customDataBytes: number;
  readonly settingsBytes: number;
  readonly shape: Shape;
  /** `public`: the command was not encrypted on the node. */
  readonly settingsSource: 'protected' | 'public';
  readonly extensionVersion: string;
  readonly sequence: number;
  /** Algorithms of the encrypted settings; empty when they were not encrypted. */
  readonly oids: readonly string[];
}

/** What an extraction gave. */
export interface Extracted {
  readonly facts: DataFacts;
  /** The envelope as JSON, or the document in the clear; empty for `facts`. */
  readonly body: Buffer;
}

/** Makes extractions. Rejects with `DataProblem`, or with the signal's reason. */
export interface Extractor {
  extract(job: ExtractJob, signal: AbortSignal): Promise<Extracted>;
}

/** What the worker says first, one line of JSON; the body follows. */
export type WorkerAnswer =
  | { readonly ok: true; readonly facts: DataFacts }
  | {
      readonly ok: false;
      readonly kind: DataProblemKind;
      readonly message: string;
      readonly details: DataProblemDetails;
    };
