import type { Timing } from '@castai/shared/async/timing.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import type { WatchObserver } from '@castai/shared/watch/watcher-dependencies.ts';
import type { Announcer } from '../announce/announcer.ts';
import { FollowFeeds, type FollowOptions } from '../follow/follow-feeds.ts';
import { ClusterView } from '../view/cluster-view.ts';
import { feedsFor, type ViewFeed } from '../view/view-feeds.ts';
import { type KarpenterDriftOptions, KarpenterDrifts } from './karpenter-drift.ts';
import { UpcomingWindow, type UpcomingWindowOptions } from './upcoming-window.ts';
import { Looker, type LookerOptions } from './looker.ts';
import type { TermNote } from './term-note.ts';

/** What a sight is made of. */
export interface SightOptions
  extends
    Timing,
    Omit<KarpenterDriftOptions, 'clock'>,
    Omit<LookerOptions, 'view' | 'clock' | 'plans' | 'before' | 'karpenter'>,
    Omit<UpcomingWindowOptions, 'clock' | 'toldBefore'> {
  readonly source: FeedSource;
  readonly observer: WatchObserver;
  readonly pageSize: number;
  readonly readEncoding: FollowOptions['readEncoding'];
  /** What one term leaves to the next. */
  readonly note: Pick<TermNote, 'recall' | 'remember'>;
  /** Makes what tells of nodes by Kubernetes Events; undefined: nothing does. */
  readonly createAnnouncer: (() => Announcer) | undefined;
}

/**
 * All that is known of the cluster, and who looks at it. It is made for a term and dropped with it: who does not lead holds nothing, and the
 * next term reads everything anew, but for what only time can tell.
 */
export class Sight {
  readonly feeds: readonly ViewFeed[];
  readonly view: ClusterView;
  readonly follow: FollowFeeds;
  readonly looker: Looker;
  readonly #window: UpcomingWindow;
  readonly #announcer: Announcer | undefined;

  constructor(options: SightOptions) {
    this.feeds = feedsFor(options.reports);
    this.view = new ClusterView(this.feeds);
    this.follow = new FollowFeeds({ ...options, view: this.view, feeds: this.feeds });
    const before = options.note.recall();
    this.#window = new UpcomingWindow({ ...options, toldBefore: before.windows });
    this.#announcer = options.createAnnouncer?.();
    this.looker = new Looker({
      ...options,
      karpenter: new KarpenterDrifts(options),
      view: this.view,
      before,
      plans: () => this.#window.plans,
      onReport: (report) => {
        options.onReport(report);
        options.note.remember({ ...this.looker.memory, windows: this.#window.told });
        this.#announcer?.onReport(report);
      },
    });
  }

  /** Follows and looks until one of the signals aborts; rejects only because of a bug. */
  async run(...signals: readonly AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any([...signals]);
    const part = async (run: (signal: AbortSignal) => Promise<void>): Promise<void> => {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    };
    const { follow, looker } = this;
    await Promise.all([
      part((one) => follow.run(one)),
      part((one) => looker.run(one)),
      part((one) => looker.runVersion(one)),
      part((one) => this.#window.run(one)),
      part(async (one) => this.#announcer?.run(one)),
    ]);
  }
}
