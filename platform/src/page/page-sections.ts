/** Every section that is asked for, by the name in its address. A new one is a line here, and a file of its own. */
import type { PlatformStore } from '../store/platform-store.ts';
import { clustersSection } from './clusters-section.ts';
import { nodesSection, podsSection } from './list-sections.ts';
import { nodeSection, objectSection, objectsSection, podSection } from './object-sections.ts';
import type { PageSection } from './page-api.ts';
import type { PageChannel } from './page-channel.ts';
import type { PageStream } from './page-stream.ts';

/** Where they are read from. */
export interface SectionSources {
  readonly store: PlatformStore;
  readonly stream: Pick<PageStream, 'channel'>;
  readonly heartbeatMs: () => number;
  readonly now: () => number;
  /** Whether a key that nobody was given is taken: then an agent may be started with any. */
  readonly isAnyKeyTaken: () => boolean;
}

/** Makes them. */
export function pageSections(sources: SectionSources): Readonly<Record<string, PageSection>> {
  const { store, stream } = sources;
  /** Of a cluster that is registered: whoever asks for another must not have something kept for it. */
  const of =
    (section: (channel: PageChannel, query: URLSearchParams, cluster: string) => unknown): PageSection =>
    async (query) => {
      const cluster = query.get('cluster') ?? '';
      if ((await store.cluster(cluster)) === undefined) return undefined;
      return section(await stream.channel(cluster), query, cluster);
    };
  return {
    start: async () => ({ isAnyKeyTaken: sources.isAnyKeyTaken() }),
    clusters: () => clustersSection(sources),
    nodes: of(nodesSection),
    pods: of(podsSection),
    node: of((channel, query) => nodeSection(store, channel, query)),
    pod: of((channel, query) => podSection(store, channel, query)),
    objects: async (query) => objectsSection(store, query.get('cluster') ?? '', query),
    object: async (query) => objectSection(store, query.get('cluster') ?? '', query),
  };
}
