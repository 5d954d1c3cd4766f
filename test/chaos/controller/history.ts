/** What happened in a random run of the controller, in order, as the API server, the platform and the world saw it. */
export type HistoryEntry =
  /** The platform asks for something of objects that are this action's alone. */
  | { readonly type: 'asked'; readonly id: string; readonly kind: ChaosKind; readonly meant: readonly string[] }
  /** A request of a controller that changes something. `uid`: on condition of which; empty: of none. `isTaken`: it was carried out. */
  | {
      readonly type: 'write';
      readonly id: string;
      readonly verb: 'evict' | 'delete' | 'patch' | 'create';
      readonly uid: string;
      readonly isTaken: boolean;
    }
  /** An object is there no more. */
  | { readonly type: 'gone'; readonly uid: string }
  /** The platform was told, whether it took it or not. */
  | { readonly type: 'ack'; readonly id: string; readonly error: string | null };

/** The kinds of actions of a random run. `append` is a JSON patch that says something else the second time. */
export const CHAOS_KINDS = ['evictPod', 'drainNode', 'deleteNode', 'patchNode', 'createEvent', 'append'] as const;

/** One of them. */
export type ChaosKind = (typeof CHAOS_KINDS)[number];
