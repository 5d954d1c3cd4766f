/** What somebody wants done in clusters, until it is acknowledged, and what came of it. The promise of every call is that of `PlatformStore`. */
import type { ActionDocument } from '../actions/node-action.ts';

/** Something that is wanted. */
export interface WantedAction {
  readonly id: string;
  readonly cluster: string;
  /** The node that it is about. */
  readonly node: string;
  /** What it is called on the page. */
  readonly name: string;
  readonly document: ActionDocument;
  readonly createdAtMs: number;
  /** From then on nobody is asked any more. */
  readonly expiresAtMs: number;
}

/** The same with what came of it. */
export interface ActionRow extends WantedAction {
  /** How often it was handed out. */
  readonly deliveries: number;
  readonly ackedAtMs: number | undefined;
  /** What the acknowledgement said; empty: that it was done, or there is none yet. */
  readonly error: string;
}

/** How many of a cluster are remembered; the oldest go, and of those that wait none. */
export const KEPT_ACTIONS = 500;
/** How many of a cluster may wait at once. */
export const MOST_WAITING = 1_000;

/** Reads and writes it. */
export interface ActionStore {
  /** Keeps one; false: so many wait already, or one of this name waits for this node. */
  want(action: WantedAction): Promise<boolean>;
  /** Everything that a cluster is to be asked for now, in the order in which it was wanted; counts that it was handed out. */
  handOut(cluster: string, nowMs: number): Promise<ActionRow[]>;
  /** What an action came to: an error, or `null`. The first word counts. False: there is no such action of this cluster. */
  acknowledge(ack: ActionAck): Promise<boolean>;
  /** The newest of a node, newest first. */
  ofNode(cluster: string, node: string, limit: number): Promise<ActionRow[]>;
}

/** An acknowledgement. */
export interface ActionAck {
  readonly cluster: string;
  readonly id: string;
  readonly error: string | null;
  readonly atMs: number;
}
