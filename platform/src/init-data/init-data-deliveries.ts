/** Takes deliveries of AKS init data, sealed or in the clear, and holds the platform's wishes for them. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { invalid, Refusal } from '../answer/refusal.ts';
import { openEnvelope, readSealed, SCHEMA_VERSION } from './open-envelope.ts';
import type { ReplayGuard } from './replay-guard.ts';

/** One delivery, opened. Kept in memory only, for tests; the page shows sizes and a fingerprint. */
export interface InitDataDelivery {
  readonly cluster: string;
  readonly idempotencyKey: string;
  /** What came beside the envelope; the architecture alone in compatibility mode. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Which key it was sealed to; empty in compatibility mode. */
  readonly keyId: string;
  /** The document's fields. */
  readonly cloudConfigBase64: string;
  readonly protectedSettingsBase64: string;
  readonly architecture: string;
  /** How often it came. */
  times: number;
}

/** What is reported of a delivery: nothing of its content. */
export interface InitDataReport {
  readonly agentPool: string;
  readonly architecture: string;
  readonly reason: string;
  readonly keyId: string;
  readonly cloudConfigBytes: number;
  readonly settingsBytes: number;
  readonly fingerprint: string;
  /** ISO 8601; empty in compatibility mode. A later process reads it. */
  readonly capturedAt: string;
  readonly isRepetition: boolean;
}

const KEPT_DELIVERIES = 100;

/** Keeps keys, deliveries and wishes. */
export class InitDataDeliveries {
  /** Private keys, base64 of 32 bytes, by their ids. Can be changed at any time: that is a rotation. */
  readonly privateKeys: Map<string, string>;
  readonly #deliveries: InitDataDelivery[] = [];
  readonly #requests = new Map<string, string>();

  readonly #replays: ReplayGuard;

  constructor(replays: ReplayGuard, privateKeys: Readonly<Record<string, string>> = {}) {
    this.#replays = replays;
    this.privateKeys = new Map(Object.entries(privateKeys));
  }

  /** The deliveries of a cluster, oldest first. */
  deliveries(cluster: string): InitDataDelivery[] {
    return this.#deliveries.filter((delivery) => delivery.cluster === cluster);
  }

  /** Asks a cluster for its data: every agent pool delivers once for each new id. */
  request(cluster: string, id: string): void {
    this.#requests.set(cluster, id);
  }

  /** The last wish; empty when there was none. */
  requestId(cluster: string): string {
    return this.#requests.get(cluster) ?? '';
  }

  /** Takes one delivery. Throws `Refusal` 400 for what cannot be opened, 409 for what is a replay, 422 for a key or a version that is not known. */
  async take(
    cluster: string,
    body: Readonly<Record<string, unknown>>,
    idempotencyKey: string,
  ): Promise<{ answer: Record<string, unknown>; report: InitDataReport }> {
    const opened = 'envelope' in body ? await this.#open(cluster, body) : { document: body, keyId: '' };
    const { cloudConfigBase64, protectedSettingsBase64, architecture, receipt } = opened.document;
    if (typeof cloudConfigBase64 !== 'string' || typeof protectedSettingsBase64 !== 'string') {
      throw invalid('cloudConfigBase64 and protectedSettingsBase64 must be strings');
    }
    if (typeof architecture !== 'string') throw invalid('architecture must be a string');
    // What is inside counts, what is outside was compared with the node that sends.
    if (architecture !== body['architecture']) throw invalid('architecture is another one inside of the envelope');
    const agentPool = textOf(body['agentPool']);
    const capturedAt = opened.keyId === '' ? '' : textOf(body['capturedAt']);
    if (opened.keyId !== '') await this.#replays.admit(cluster, agentPool, capturedAt);
    const known = this.#deliveries.find(
      (one) => one.cluster === cluster && idempotencyKey !== '' && one.idempotencyKey === idempotencyKey,
    );
    if (known) known.times += 1;
    else {
      const { envelope: _envelope, ...described } = body;
      const description = opened.keyId === '' ? { architecture } : described;
      const document = { cloudConfigBase64, protectedSettingsBase64, architecture };
      this.#deliveries.push({ cluster, idempotencyKey, description, keyId: opened.keyId, ...document, times: 1 });
      if (this.#deliveries.length > KEPT_DELIVERIES) this.#deliveries.shift();
    }
    const fingerprint = textOf(body['fingerprint']);
    return {
      // The receipt is known to whoever opened the envelope, and to nobody on the way.
      answer: { ...(fingerprint === '' ? {} : { fingerprint }), ...(typeof receipt === 'string' ? { receipt } : {}) },
      report: {
        agentPool,
        architecture,
        reason: textOf(body['reason']),
        keyId: opened.keyId,
        cloudConfigBytes: Buffer.byteLength(cloudConfigBase64, 'base64'),
        settingsBytes: Buffer.byteLength(protectedSettingsBase64, 'base64'),
        fingerprint: fingerprint.slice(0, 8),
        capturedAt,
        isRepetition: known !== undefined,
      },
    };
  }

  async #open(
    cluster: string,
    body: Readonly<Record<string, unknown>>,
  ): Promise<{ document: Record<string, unknown>; keyId: string }> {
    const { envelope, schemaVersion } = body;
    if (schemaVersion !== SCHEMA_VERSION) {
      // Told apart from a broken one: the same program sends it again and again until it is updated.
      const message = `envelopes of version ${SCHEMA_VERSION} are opened here: update AKS init data`;
      throw new Refusal(422, 'UNSUPPORTED_VERSION', { message });
    }
    const keyId = isRecord(envelope) ? textOf(envelope['keyId']) : '';
    const privateKey = this.privateKeys.get(keyId);
    if (privateKey === undefined) {
      throw new Refusal(422, 'UNKNOWN_KEY', { message: `no key of the platform has the id ${keyId}` });
    }
    try {
      const opened = await openEnvelope(cluster, readSealed(body), privateKey);
      const document: unknown = JSON.parse(opened.toString());
      return { document: isRecord(document) ? document : {}, keyId };
    } catch {
      throw new Refusal(400, 'UNREADABLE_ENVELOPE', { message: 'the envelope cannot be opened' });
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
