/**
 * The platform's side of the existing agents' wire (facts: agent-deltas): one full snapshot, then deltas under a continuity token.
 *
 * Promise to the caller: when `take` returns, all of the delta is durable and visible at once; when it throws, nothing of it is. Items
 * are set aside while the document is read, so a document that is cut or turns out to be none leaves no trace.
 */
import { randomUUID } from 'node:crypto';
import { Refusal, unknownCluster } from '../answer/refusal.ts';
import { streamBody } from '../front/body-stream.ts';
import type { BodySource } from '../front/request-body.ts';
import type { IngestEvent } from '../ingest/ingest-event.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { DeltaDecoder, type DeltaHead } from './delta-decoder.ts';
import { DeltaSummary } from './delta-summary.ts';

/** Dependencies of {@link Deltas}. */
export interface DeltasOptions {
  readonly store: PlatformStore;
  readonly now: () => number;
  /** What can be set while the platform runs; the bound of an object is that of an item too. */
  readonly settings: { readonly maxObjectBytes: number; readonly isRecorded: boolean };
  /** Does something to a cluster while none of its other requests is carried out, on either wire. */
  readonly inTurn: <Result>(cluster: string, work: () => Promise<Result>) => Promise<Result>;
  /** Told of each delta that was taken. */
  readonly tell: (event: IngestEvent) => void;
}

/** One request. */
export interface DeltaRequest {
  readonly cluster: string;
  /** The header `Continuity-Token`; empty when there is none. */
  readonly token: string;
  readonly source: BodySource;
  /** Bound of the body, on the wire and decompressed, bytes. */
  readonly maxBytes: number;
}

/** A delta that was read to its end. */
interface ReadDelta {
  readonly staging: string;
  readonly head: DeltaHead;
  readonly summary: DeltaSummary;
  readonly wireBytes: number;
}

/** Takes deltas. */
export class Deltas {
  readonly #options: DeltasOptions;

  constructor(options: DeltasOptions) {
    this.#options = options;
  }

  /**
   * Takes one delta; the token that the next one has to bring. Throws `Refusal` 400 for what is no delta, and with the text `invalid
   * continuity token`, which agents look for, for a delta that does not follow on what is stored; 404, 413, 415.
   */
  async take({ cluster, token, source, maxBytes }: DeltaRequest): Promise<string> {
    const { store, inTurn } = this.#options;
    // Before its body is read: nobody wants it.
    if (!(await store.cluster(cluster))) throw unknownCluster(cluster);
    const staging = randomUUID();
    try {
      const delta = await this.#read(staging, source, maxBytes);
      const { clusterId } = delta.head;
      if (clusterId !== '' && clusterId !== cluster) {
        throw new Refusal(400, 'INVALID_DELTA', { message: `this delta is of the cluster ${clusterId}` });
      }
      return await inTurn(cluster, () => this.#commit(cluster, token, delta));
    } finally {
      await store.dropStaged(staging);
    }
  }

  /** Whether a full snapshot is wished for: until one has come, which agents that restart for it take a minute for. */
  async wantsResync(cluster: string): Promise<boolean> {
    const { store } = this.#options;
    const stored = await store.cluster(cluster);
    if (stored === undefined || stored.continuityToken === '') return false;
    return (await store.feeds(cluster)).some(({ resync }) => resync !== undefined);
  }

  async #read(staging: string, source: BodySource, maxBytes: number): Promise<ReadDelta> {
    const { store, settings } = this.#options;
    const decoder = new DeltaDecoder(settings.maxObjectBytes);
    const summary = new DeltaSummary();
    let wireBytes = 0;
    const onWire = (bytes: number): void => {
      wireBytes += bytes;
    };
    for await (const chunk of streamBody(source, { maxBytes, onWire })) {
      const items = decoder.push(chunk);
      if (items.length === 0) continue;
      summary.add(items);
      await store.stageDelta(staging, items);
    }
    return { staging, head: decoder.end(), summary, wireBytes };
  }

  async #commit(cluster: string, token: string, { staging, head, summary, wireBytes }: ReadDelta): Promise<string> {
    const { store, now, settings, tell } = this.#options;
    const stored = await store.cluster(cluster);
    if (stored === undefined) throw unknownCluster(cluster);
    const { isFull, agentVersion, clusterVersion: kubernetesVersion } = head;
    const tokenBefore = stored.continuityToken;
    // An agent that starts has no token, and one that was started anew in its process still has the old one: whatever it brings, a
    // full snapshot is taken, or that agent would ask for ever.
    if (!isFull && (tokenBefore === '' || token !== tokenBefore)) {
      throw new Refusal(400, 'INVALID_CONTINUITY_TOKEN', { message: 'invalid continuity token' });
    }
    const next = randomUUID();
    const touched = await store.applyDelta({
      cluster,
      staging,
      isFull,
      tokenBefore,
      token: next,
      agentVersion,
      kubernetesVersion,
      items: summary.items,
      wireBytes,
      atMs: now(),
      isRecorded: settings.isRecorded,
    });
    tell({ type: 'delta', cluster, isFull, items: summary.items, resources: summary.resources, touched });
    return next;
  }
}
