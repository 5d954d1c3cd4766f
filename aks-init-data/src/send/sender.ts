import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@castai/shared/async/clock.ts';
import { must } from '@castai/shared/errors.ts';
import type { ApiKey } from '@castai/shared/wire/api-key.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import type { DataFacts, Extracted, ExtractJob, Extractor, ExtractOutput } from '../extract/extract-job.ts';
import { fingerprintKey } from '../seal/fingerprint.ts';
import type { PlatformKey } from '../seal/platform-keys.ts';
import { SCHEMA_VERSION } from '../seal/seal-document.ts';
import type { NodeFacts } from '../pool/classify-node.ts';
import { initDataCall, type InitDataDelivery } from './init-data-call.ts';
import type { SendReason } from './send-reason.ts';

/** What a sender is made of. */
export interface SenderOptions {
  readonly extractor: Extractor;
  readonly platform: Pick<JsonClient, 'call'>;
  readonly apiKey: Pick<ApiKey, 'current'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly clusterId: string;
  readonly waagentDir: string;
  readonly isCustomDataOptional: boolean;
  /** Empty in compatibility mode: nothing is sealed. */
  readonly platformKeys: readonly PlatformKey[];
}

/** What is told about the data beside the envelope. */
export interface Description {
  readonly node: NodeFacts;
  readonly controlPlaneVersion: string;
  readonly reason: SendReason;
}

/** Data as it will be sent, and what may be told about it. */
export interface Prepared {
  readonly facts: DataFacts;
  readonly fingerprintKeyId: string;
  readonly body: Buffer;
  /** What its answer must hold; absent in compatibility mode. */
  readonly receipt?: string;
}

/** Makes what is sent, anew for each attempt: nothing of it is kept in between. */
export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Reads and decrypts to learn what the data is, and lets it go again. Throws `DataProblem`. */
  async look(signal: AbortSignal): Promise<Omit<Prepared, 'body' | 'receipt'>> {
    const { facts, fingerprintKeyId } = await this.#extract({ kind: 'facts' }, signal);
    return { facts, fingerprintKeyId };
  }

  /** Reads, decrypts and seals to the trusted key of this number. Throws `DataProblem`. */
  async prepare(description: Description, keyIndex: number, signal: AbortSignal): Promise<Prepared> {
    const { clusterId, clock, platformKeys } = this.#options;
    const { agentPool, architecture } = description.node;
    if (platformKeys.length === 0) return this.#extract({ kind: 'clear', architecture }, signal);
    const key = must(platformKeys[keyIndex], 'there is no such key to seal to');
    const capturedAt = new Date(clock.now()).toISOString();
    const told = Object.values(tellNode(description));
    const context = { clusterId, agentPool, architecture, capturedAt, told };
    const receipt = randomBytes(RECEIPT_BYTES).toString('base64url');
    const publicKey = key.raw.toString('base64');
    const prepared = await this.#extract({ kind: 'sealed', keyId: key.id, publicKey, context, receipt }, signal);
    return { ...prepared, receipt, body: describe(description, { ...prepared, capturedAt }) };
  }

  /** One attempt; `sendKey` tells deliveries apart. The body is overwritten afterwards. */
  async send(prepared: Prepared, sendKey: string, signal: AbortSignal): Promise<Outcome<undefined>> {
    const { platform, clusterId } = this.#options;
    const { body, receipt } = prepared;
    const delivery: InitDataDelivery = {
      body,
      idempotencyKey: createHash('sha256').update(`${clusterId} ${sendKey}`).digest('hex'),
      ...(receipt === undefined ? {} : { receipt }),
    };
    try {
      return await platform.call(initDataCall(clusterId, delivery), signal);
    } finally {
      body.fill(0);
    }
  }

  async #extract(output: ExtractOutput, signal: AbortSignal): Promise<Prepared> {
    const { extractor, apiKey, clusterId, waagentDir: root, isCustomDataOptional } = this.#options;
    const { key, id } = fingerprintKey(apiKey.current().reveal(), clusterId);
    const job: ExtractJob = { root, isCustomDataOptional, fingerprintKey: key.toString('base64'), output };
    const { facts, body }: Extracted = await extractor.extract(job, signal);
    return { facts, body, fingerprintKeyId: id };
  }
}

/** Nobody guesses it. */
const RECEIPT_BYTES = 32;

/** What is told of the node, in the order in which it is bound to the envelope. */
function tellNode({ node, controlPlaneVersion, reason }: Description) {
  return {
    reason,
    nodeUid: node.uid,
    nodeImageVersion: node.nodeImage,
    osSku: node.osSku,
    kubeletVersion: node.kubeletVersion,
    controlPlaneVersion,
    nodeCreatedAt: new Date(node.createdAtMs).toISOString(),
  };
}

/** The request of a sealed delivery: what is told in the clear, and the envelope as it came out of the worker. */
function describe(
  description: Description,
  { facts, body, capturedAt }: Pick<Prepared, 'facts' | 'body'> & { capturedAt: string },
): Buffer {
  const { agentPool, architecture } = description.node;
  const { fingerprint, customDataBytes, settingsBytes, shape, settingsSource, extensionVersion, sequence } = facts;
  const head = JSON.stringify({
    schemaVersion: SCHEMA_VERSION,
    agentPool,
    architecture,
    ...tellNode(description),
    extensionVersion,
    sequence,
    shape,
    settingsSource,
    customDataBytes,
    settingsBytes,
    capturedAt,
    fingerprint,
  });
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"envelope":`), body, Buffer.from('}')]);
}
