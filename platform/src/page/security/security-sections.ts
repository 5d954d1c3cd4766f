import type { PlatformStore } from '../../store/platform-store.ts';
import type { PageSection } from '../page-api.ts';
import { findingsSection, foundObjectsSection } from './findings-section.ts';
import type { SecurityPicture } from './security-picture.ts';
import { SecurityReader } from './security-reader.ts';

/** What the page's part about security asks for, by the names in its addresses. All of them take `?cluster=…`. */
export function securitySections({
  store,
  now,
}: {
  readonly store: PlatformStore;
  readonly now: () => number;
}): Record<string, PageSection> {
  const reader = new SecurityReader({ store, now });
  const of =
    (tell: (picture: SecurityPicture) => unknown): PageSection =>
    async (query) => {
      const cluster = query.get('cluster') ?? '';
      return (await store.cluster(cluster)) && tell(await reader.picture(cluster));
    };
  return {
    findings: findingsSection(store),
    'finding-objects': foundObjectsSection(store),
    images: of(({ images }) => images),
    pending: of(({ pending }) => pending),
    benchmarks: of(({ benchmarks }) => ({ rows: benchmarks })),
  };
}
