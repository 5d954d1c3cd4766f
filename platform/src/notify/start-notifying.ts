import type { Clock } from '@castai/shared/async/clock.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { NotificationApi } from './notification-api.ts';
import { Notifier } from './notifier.ts';
import { NO_FILE, type NotifyConfig } from './parse-endpoints.ts';
import type { TroubleSources } from './read-troubles.ts';

/** What is set of it. */
export interface NotifyingOptions {
  /** Missing: there is no file. */
  readonly notify?: NotifyConfig;
  /** Endpoints may be made and changed on the page. */
  readonly mayChangeEndpoints?: boolean;
  readonly clock: Clock;
  /** Told when an endpoint has ended, with its id and the reason. */
  readonly onEndpointEnded?: (endpoint: string, why: string) => void;
  /** Told of errors that are the platform's own fault. */
  readonly onError: (error: unknown) => void;
}

/** What it looks at. */
export interface NotifyingSources {
  readonly store: PlatformStore;
  readonly heartbeatMs: () => number;
  readonly controllerPoll: TroubleSources['controllerPoll'];
}

/** What runs. */
export interface Notifying {
  readonly notifier: Notifier;
  readonly api: NotificationApi;
  /** Ends it; resolves when nothing is on its way. */
  stop(): Promise<void>;
}

/** Begins to look at clusters and to tell; `undefined`: nobody is to be told. */
export async function startNotifying(
  options: NotifyingOptions,
  { store, heartbeatMs, controllerPoll }: NotifyingSources,
): Promise<Notifying | undefined> {
  const { notify, mayChangeEndpoints = false, clock, onError, onEndpointEnded: onEnded = () => undefined } = options;
  // What was made on the page while that was allowed is told still.
  const isAnybodyTold = notify !== undefined || mayChangeEndpoints || (await store.notify.pageEndpoints()).length > 0;
  if (!isAnybodyTold) return undefined;
  const config = notify ?? NO_FILE;
  const timing = { clock, random: Math.random };
  const notifier = new Notifier({ config, store, timing, heartbeatMs, controllerPoll, onEnded, onError });
  await notifier.book.load();
  const end = new AbortController();
  const running = notifier.run(end.signal).catch((error: unknown) => {
    if (!end.signal.aborted) onError(error);
  });
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  return { notifier, api: new NotificationApi({ notifier, clock, mayChange: mayChangeEndpoints }), stop };
}
