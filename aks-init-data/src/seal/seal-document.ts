import { type PlatformKey } from './platform-keys.ts';
import { seal } from './hpke.ts';

/** What the platform needs to know of a sealed document before it opens it; bound to the envelope, so nobody can change it. */
export interface EnvelopeContext {
  readonly clusterId: string;
  readonly agentPool: string;
  readonly architecture: string;
  /** ISO 8601. */
  readonly capturedAt: string;
  /** Keyed fingerprint of the content. */
  readonly fingerprint: string;
  /** Everything else that is told beside the envelope, in the order of {@link TOLD}. */
  readonly told: readonly (string | number)[];
}

/** What is told of a delivery besides what has a name of its own in the context: first by the node, then of the data. Both sides know the order. */
export const TOLD = [
  'reason',
  'nodeUid',
  'nodeImageVersion',
  'osSku',
  'kubeletVersion',
  'controlPlaneVersion',
  'nodeCreatedAt',
  'extensionVersion',
  'sequence',
  'shape',
  'settingsSource',
  'customDataBytes',
  'settingsBytes',
] as const;

/** A sealed document as it is sent. */
export interface Envelope {
  /** Which of the platform's keys opens it. */
  readonly keyId: string;
  readonly alg: typeof ALGORITHM;
  /** Base64. */
  readonly enc: string;
  /** Base64. */
  readonly ciphertext: string;
}

/** Version of the document and of what is bound to it. */
export const SCHEMA_VERSION = 3;

const ALGORITHM = 'HPKE-Base-X25519-HKDF-SHA256-AES-256-GCM';
const INFO = Buffer.from('castai-aks-init-data v2');

/** Seals a document for one of the platform's keys; the document stays the caller's to wipe. */
export function sealDocument(document: Uint8Array, key: PlatformKey, context: EnvelopeContext): Envelope {
  const { clusterId, agentPool, architecture, capturedAt, fingerprint, told } = context;
  // A JSON array has one spelling only, given the strings: both sides can build it, and no value runs into the next.
  const bound = [SCHEMA_VERSION, key.id, clusterId, agentPool, architecture, capturedAt, fingerprint, ...told];
  const aad = Buffer.from(JSON.stringify(bound));
  const { enc, ciphertext } = seal({ recipient: key.raw, info: INFO, aad, plaintext: document });
  return { keyId: key.id, alg: ALGORITHM, enc: enc.toString('base64'), ciphertext: ciphertext.toString('base64') };
}
