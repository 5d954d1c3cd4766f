/** A server under the suite. */
export interface ContractServer {
  readonly url: string;
  /** PEM text, for https. */
  readonly ca?: string | undefined;
  /** Token of a user who may do everything. */
  readonly token: string;
  /** Token of the user `visitor`, who may do nothing. */
  readonly visitorToken: string;
  /** Comes back when continue tokens given out before the call have expired. */
  expireContinueTokens(): Promise<void>;
  /** Ends the server abruptly and comes back when it runs again, without the watch history of its former life. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Which variant of the server is needed. */
interface ContractServerOptions {
  /** Whether streaming lists are on. */
  readonly watchList: boolean;
}

/** Starts a server for the suite. */
export type Start = (options: ContractServerOptions) => Promise<ContractServer>;

/** What differs between the Kubernetes versions that the chart takes, as far as this project meets it. */
export interface Dialect {
  /** The form of aggregated discovery that is answered to whoever takes any. */
  readonly discovery: 'v2' | 'v2beta1';
  /** Whether `sendInitialEvents` is on unless it is switched off. Nothing of ours relies on it. */
  readonly streamingLists: boolean;
  /** What a continue token with resourceVersion 0 and a limit of 1 answers of the three objects that are left. */
  readonly afterTokenAtZero: readonly string[];
  /** The status of a watch with a negative timeout, which is over at once: older servers may find that out before they answer. */
  readonly negativeTimeout: readonly number[];
}

/** The newest Kubernetes minor. */
export const NEWEST: Dialect = {
  discovery: 'v2',
  streamingLists: true,
  afterTokenAtZero: ['b', 'c', 'd'],
  negativeTimeout: [200],
};

/** The oldest that the chart promises. */
export const KUBERNETES_1_28: Dialect = {
  discovery: 'v2beta1',
  streamingLists: false,
  afterTokenAtZero: ['b'],
  negativeTimeout: [200, 503],
};
