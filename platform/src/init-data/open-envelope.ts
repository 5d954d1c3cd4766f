/** Opens what the program on AKS nodes has sealed, with another implementation of HPKE than the one that sealed it. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';

/** What a sealed delivery says in the clear, and its envelope. */
export interface SealedDelivery {
  readonly schemaVersion: number;
  readonly agentPool: string;
  readonly architecture: string;
  readonly capturedAt: string;
  readonly fingerprint: string;
  /** Everything else that is told beside the envelope, in the order in which it is bound. */
  readonly told: readonly unknown[];
  readonly envelope: {
    readonly keyId: string;
    readonly alg: string;
    readonly enc: string;
    readonly ciphertext: string;
  };
}

/** What is bound behind the fields that have a name of their own; the order is part of the format. */
const TOLD = [
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
];

/** Version of what is bound, and how: others bind less. */
export const SCHEMA_VERSION = 3;

const WITH_A_NAME = ['schemaVersion', 'agentPool', 'architecture', 'capturedAt', 'fingerprint', 'envelope'];
const FIELDS: ReadonlySet<string> = new Set([...WITH_A_NAME, ...TOLD]);

/**
 * Reads a delivery. Throws `RangeError` that says what is missing, or what is told beside the envelope without being bound to it:
 * whoever is in between could have added that.
 */
export function readSealed(body: Readonly<Record<string, unknown>>): SealedDelivery {
  const { schemaVersion, envelope } = body;
  if (typeof schemaVersion !== 'number') throw new RangeError('schemaVersion is not a number');
  if (!isRecord(envelope)) throw new RangeError('envelope is not an object');
  const unbound = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unbound !== undefined) throw new RangeError(`${unbound} is not bound to the envelope`);
  return {
    schemaVersion,
    agentPool: text(body, 'agentPool'),
    architecture: text(body, 'architecture'),
    capturedAt: text(body, 'capturedAt'),
    fingerprint: text(body, 'fingerprint'),
    told: TOLD.map((name) => body[name]),
    envelope: {
      keyId: text(envelope, 'keyId'),
      alg: text(envelope, 'alg'),
      enc: text(envelope, 'enc'),
      ciphertext: text(envelope, 'ciphertext'),
    },
  };
}

function text(fields: Readonly<Record<string, unknown>>, key: string): string {
  const value = fields[key];
  if (typeof value === 'string') return value;
  throw new RangeError(`${key} is not a string`);
}

const ALGORITHM = 'HPKE-Base-X25519-HKDF-SHA256-AES-256-GCM';
const INFO = Buffer.from('castai-aks-init-data v2');

/**
 * The document inside. `privateKey` is base64 of 32 bytes. Throws when the envelope is of another key or was changed, or when
 * anything that is bound to it differs: cluster, key id, and all that is told beside it.
 */
export async function openEnvelope(clusterId: string, sealed: SealedDelivery, privateKey: string): Promise<Buffer> {
  const { schemaVersion, agentPool, architecture, capturedAt, fingerprint, told, envelope } = sealed;
  const { keyId, alg, enc, ciphertext } = envelope;
  if (alg !== ALGORITHM) throw new RangeError(`the algorithm ${alg} is not known`);
  const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientKey = await suite.kem.importKey('raw', Buffer.from(privateKey, 'base64'), false);
  const bound = [schemaVersion, keyId, clusterId, agentPool, architecture, capturedAt, fingerprint, ...told];
  const recipient = { recipientKey, enc: Buffer.from(enc, 'base64'), info: INFO };
  return Buffer.from(
    await suite.open(recipient, Buffer.from(ciphertext, 'base64'), Buffer.from(JSON.stringify(bound))),
  );
}
