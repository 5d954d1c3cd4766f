/** What a feed is at. `FORBIDDEN` and `DEGRADED` say that it may lag; neither says that anything is gone. */
export type FeedReport = 'SYNCED' | 'FORBIDDEN' | 'DEGRADED';
