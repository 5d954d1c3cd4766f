import { compareResourceVersions } from '@castai/shared/kube/resource-version.ts';
import type { Offer, OfferTerms, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { laneBytes } from './lane.ts';
import { offerFor, snapshotWay, type SnapshotWay } from './plan-offers.ts';

/** An object that was offered, until the platform has answered. */
interface Offered {
  readonly upsert: Upsert;
  readonly bytes: number;
  /** Something newer of it goes out: should the platform want it, it gets that. */
  isSuperseded: boolean;
}

interface Snapshot {
  readonly way: SnapshotWay;
  /**
   * `asking`: its pages wait until it is known whether the API server still has the version of Kubernetes that the platform was told. `off`: what is
   * left of it is sent as it is.
   */
  offers: 'asking' | 'on' | 'off';
  /** Offers on their way, by uid. */
  readonly offered: Map<string, Offered>;
  /** What the platform wants, by uid. */
  readonly wanted: Map<string, Offered>;
  bytes: number;
}

/** What came of offers. */
export interface OfferAnswer {
  /** Offers that the snapshot must not count any more. */
  readonly uncounted: readonly Offer[];
  /** Objects that the platform has: they are not needed here any more. */
  readonly held: readonly Upsert[];
}

/** Above this share of offers that are wanted the rest of a snapshot is sent as it is: each costs its offer, and a turn, for nothing. */
const MOST_WANTED = 0.5;

/**
 * What the platform is offered in snapshots, and what it wants of that. An offer stands on the wire in place of an object that the platform may
 * have already; the object is kept here until the answer, and counts as waiting.
 */
export class OfferBook {
  /** The newest position by feed that the platform has heard of; undefined: it takes no offers. */
  #heard: Map<number, string> | undefined;
  /** Outlives sessions: what the platform holds of a history that was rewound is no better in the next. */
  readonly #distrusted = new Set<number>();
  /** Positions of lists whose snapshot begins. */
  readonly #listed = new Map<number, string>();
  readonly #snapshots = new Map<number, Snapshot>();
  /** Snapshots of which the end is on its way. */
  readonly #ended = new Map<number, { readonly isAfresh: boolean; readonly position: string }>();
  #bytes = 0;
  #wantedCount = 0;

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Objects that the platform wants and that were not sent yet. */
  get wantedCount(): number {
    return this.#wantedCount;
  }

  /** Bytes of what is kept of a feed. */
  bytesOf(feedId: number): number {
    return this.#snapshots.get(feedId)?.bytes ?? 0;
  }

  /** Objects that are kept. */
  get objects(): number {
    return [...this.#snapshots.keys()].reduce((sum, feedId) => sum + this.objectsOf(feedId), 0);
  }

  /** Objects of a feed that are kept. */
  objectsOf(feedId: number): number {
    const snapshot = this.#snapshots.get(feedId);
    return snapshot === undefined ? 0 : snapshot.offered.size + snapshot.wanted.size;
  }

  /** A session begins; undefined: its platform takes no offers. */
  adopt(terms: OfferTerms | undefined): void {
    this.#heard = terms && new Map(terms.held.map(({ feedId, resourceVersion }) => [feedId, resourceVersion]));
  }

  /** A list begins at a position. `seen`: up to where the feed was followed before; undefined: it was not. */
  listed(feedId: number, position: string, seen: string | undefined): void {
    this.#listed.set(feedId, position);
    const heard = this.#heard?.get(feedId);
    // Only ever raised: of a history that was rewound the older one must go on to show that.
    if (seen !== undefined && heard !== undefined && compareResourceVersions(seen, heard) === 'newer')
      this.#heard?.set(feedId, seen);
  }

  /** A snapshot begins. Which way it goes. */
  begin(feedId: number): SnapshotWay {
    this.forget(feedId);
    const way = snapshotWay({
      isTaken: this.#heard !== undefined,
      heard: this.#heard?.get(feedId),
      listed: this.#listed.get(feedId) ?? '',
      isDistrusted: this.#distrusted.has(feedId),
    });
    const empty = { offered: new Map<string, Offered>(), wanted: new Map<string, Offered>(), bytes: 0 };
    this.#snapshots.set(feedId, { way, offers: way === 'offering' ? 'asking' : 'off', ...empty });
    return way;
  }

  /** The version of Kubernetes was looked at since the snapshot of the feed began, and is what the platform was told. */
  confirm(feedId: number): void {
    const snapshot = this.#snapshots.get(feedId);
    if (snapshot?.offers === 'asking') snapshot.offers = 'on';
  }

  /** What the platform holds of a feed may be of another history: nothing of it is offered until all of it was sent anew. */
  distrust(feedId: number): void {
    this.#distrusted.add(feedId);
    this.stop(feedId);
  }

  /** The rest of a snapshot is sent as it is. */
  stop(feedId: number): void {
    const snapshot = this.#snapshots.get(feedId);
    if (snapshot !== undefined) snapshot.offers = 'off';
  }

  /** Whether the pages of a feed wait: large ones fill a batch sooner than the API server can say its version. */
  isAsking(feedId: number): boolean {
    return this.#snapshots.get(feedId)?.offers === 'asking';
  }

  /** What may go out in place of an object now; undefined: only the object itself. */
  offerFor(upsert: Upsert): Offer | undefined {
    const snapshot = this.#snapshots.get(upsert.feedId);
    return snapshot?.offers === 'on' ? offerFor(upsert) : undefined;
  }

  /** An object was offered: it waits here for the answer. */
  offered(upsert: Upsert): void {
    const snapshot = this.#snapshots.get(upsert.feedId);
    if (snapshot === undefined) return;
    const bytes = laneBytes(upsert);
    snapshot.offered.set(upsert.uid, { upsert, bytes, isSuperseded: false });
    this.#account(snapshot, bytes);
  }

  /** Something newer is known of an object: what was offered of it, or is wanted, is not sent any more. */
  supersede(feedId: number, uid: string): void {
    const snapshot = this.#snapshots.get(feedId);
    const offered = snapshot?.offered.get(uid);
    if (offered !== undefined) offered.isSuperseded = true;
    const wanted = snapshot?.wanted.get(uid);
    if (snapshot !== undefined && wanted !== undefined) this.#sent(snapshot, wanted);
  }

  /** The platform has answered offers; each stands with whether it is wanted. Of a snapshot that was given up meanwhile nothing comes. */
  answered(answers: readonly (readonly [offer: Offer, isWanted: boolean])[]): OfferAnswer {
    const uncounted: Offer[] = [];
    const held: Upsert[] = [];
    const counts = new Map<number, { all: number; wanted: number }>();
    for (const [offer, isWanted] of answers) {
      const { feedId, uid } = offer;
      const snapshot = this.#snapshots.get(feedId);
      const offered = snapshot?.offered.get(uid);
      if (snapshot === undefined || offered === undefined) continue;
      snapshot.offered.delete(uid);
      const count = counts.get(feedId) ?? { all: 0, wanted: 0 };
      counts.set(feedId, { all: count.all + 1, wanted: count.wanted + Number(isWanted) });
      if (isWanted) uncounted.push(offer);
      if (isWanted && !offered.isSuperseded) {
        snapshot.wanted.set(uid, offered);
        this.#wantedCount += 1;
      } else {
        this.#account(snapshot, -offered.bytes);
        held.push(offered.upsert);
      }
    }
    for (const [feedId, { all, wanted }] of counts) if (wanted > all * MOST_WANTED) this.stop(feedId);
    return { uncounted, held };
  }

  /** What the platform wants, in the order in which it was offered. Items may be taken meanwhile. */
  *wanted(): Generator<Upsert> {
    for (const snapshot of this.#snapshots.values()) for (const { upsert } of snapshot.wanted.values()) yield upsert;
  }

  /** It goes out. */
  sent({ feedId, uid }: Upsert): void {
    const snapshot = this.#snapshots.get(feedId);
    const wanted = snapshot?.wanted.get(uid);
    if (snapshot !== undefined && wanted !== undefined) this.#sent(snapshot, wanted);
  }

  /** Whether offers of a feed are not answered, or what is wanted was not sent: the end of its snapshot would sweep that. */
  isOpen(feedId: number): boolean {
    const snapshot = this.#snapshots.get(feedId);
    return snapshot !== undefined && snapshot.offered.size + snapshot.wanted.size > 0;
  }

  /** The end of a snapshot goes out, with the position that it claims. */
  end(feedId: number, position: string): void {
    this.#ended.set(feedId, { isAfresh: this.#snapshots.get(feedId)?.way === 'afresh', position });
    this.forget(feedId);
  }

  /** The platform has received it: it holds the feed as it is in this history. */
  endReceived(feedId: number): void {
    const ended = this.#ended.get(feedId);
    this.#ended.delete(feedId);
    if (ended === undefined) return;
    if (ended.isAfresh) this.#distrusted.delete(feedId);
    if (ended.position !== '') this.#heard?.set(feedId, ended.position);
  }

  /** A snapshot is void. */
  forget(feedId: number): void {
    const snapshot = this.#snapshots.get(feedId);
    if (snapshot === undefined) return;
    this.#bytes -= snapshot.bytes;
    this.#wantedCount -= snapshot.wanted.size;
    this.#snapshots.delete(feedId);
  }

  /** The session is over. */
  clear(): void {
    this.#heard = undefined;
    for (const one of [this.#listed, this.#snapshots, this.#ended]) one.clear();
    this.#bytes = 0;
    this.#wantedCount = 0;
  }

  #sent(snapshot: Snapshot, { upsert, bytes }: Offered): void {
    snapshot.wanted.delete(upsert.uid);
    this.#wantedCount -= 1;
    this.#account(snapshot, -bytes);
  }

  #account(snapshot: Snapshot, bytes: number): void {
    snapshot.bytes += bytes;
    this.#bytes += bytes;
  }
}
