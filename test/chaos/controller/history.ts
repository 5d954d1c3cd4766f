/** What happened in a random run of the controller, in order, as the API server, the platform and the world saw it. */
export type HistoryEntry =
  /** The platform asks for something of objects that are this action's alone. */
  | { readonly type: 'asked'; readonly id: string; readonly kind: ChaosKind; readonly meant: readonly string[] }
  /** The API server has carried out what a controller asked for, whether or not that one ever heard of it. */
  | {
      readonly type: 'write';
      readonly id: string;
      readonly verb: 'evict' | 'delete' | 'patch' | 'create';
      /** Of the object that it was about, as the server knows it. */
      readonly uid: string;
      /** On condition of which uid it was asked for; empty: of none. */
      readonly condition: string;
      /** What became of the object. */
      readonly effect: 'none' | 'changed' | 'gone';
    }
  /** An object is there no more, and no controller took it away. */
  | { readonly type: 'gone'; readonly uid: string }
  /** The platform was told, whether it took it or not. `isSo`: the cluster was by then what the action wanted of it. */
  | { readonly type: 'ack'; readonly id: string; readonly error: string | null; readonly isSo: boolean };

/** The kinds of actions of a random run. `append` is a JSON patch that says something else the second time. */
export const CHAOS_KINDS = ['evictPod', 'drainNode', 'deleteNode', 'patchNode', 'createEvent', 'append'] as const;

/** One of them. */
export type ChaosKind = (typeof CHAOS_KINDS)[number];
