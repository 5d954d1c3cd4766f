import type { FindingCount } from '../../store/finding-count.ts';
import type { PlatformStore } from '../../store/platform-store.ts';
import { compareText } from '@castai/shared/compare-text.ts';
import type { PageSection } from '../page-api.ts';

/** How many objects of a rule and namespace are named. */
const MOST_OBJECTS = 100;

/** What the manifest lint found in a cluster, by rule and namespace, most first: `?cluster=…`. */
export function findingsSection(store: Pick<PlatformStore, 'findings'>): PageSection {
  return async (query) => {
    const { judged, broken, counts } = await store.findings(query.get('cluster') ?? '');
    const rules = [...Map.groupBy(counts, ({ rule }) => rule)].map(([rule, of]) => ({
      key: rule,
      objects: sum(of),
      namespaces: of.map(({ namespace, objects }) => ({ key: namespace, objects })).toSorted(byMost),
    }));
    return { judged, broken, rules: rules.toSorted(byMost) };
  };
}

/** Which objects of a namespace break a rule: `?cluster=…&rule=…&namespace=…`. */
export function foundObjectsSection(store: Pick<PlatformStore, 'foundObjects'>): PageSection {
  return async (query) => {
    const of = (name: string): string => query.get(name) ?? '';
    const wanted = { rule: of('rule'), namespace: of('namespace'), limit: MOST_OBJECTS };
    return { objects: await store.foundObjects(of('cluster'), wanted) };
  };
}

interface Counted {
  readonly key: string;
  readonly objects: number;
}

const sum = (counts: readonly FindingCount[]): number => counts.reduce((total, { objects }) => total + objects, 0);

const byMost = (a: Counted, b: Counted): number => b.objects - a.objects || compareText(a.key, b.key);
