import type { Labels } from '../view/parts.ts';
import type { PodRecord } from '../view/pod-record.ts';
import { LabelIndex } from './label-index.ts';

/** Pods of a cluster that no selector can tell apart: of one namespace and with the same labels. */
export interface AlikePods {
  readonly namespace: string;
  readonly labels: Labels;
  /** Indices of the nodes that they are on, one for each of them; -1 for those that wait for a place. */
  readonly staying: number[];
  /** The same for those that are ending. */
  readonly ending: number[];
}

/** Puts pods that are alike together, so that a term is asked of templates instead of pods. */
export function gatherAlike(
  placed: Iterable<readonly [index: number, pods: readonly PodRecord[]]>,
): LabelIndex<AlikePods> {
  const all: AlikePods[] = [];
  // Records share the labels that are the same.
  const known = new Map<Labels, Map<string, AlikePods>>();
  for (const [index, pods] of placed) {
    for (const { labels, namespace, isEnding } of pods) {
      let byNamespace = known.get(labels);
      if (byNamespace === undefined) known.set(labels, (byNamespace = new Map()));
      let alike = byNamespace.get(namespace);
      if (alike === undefined) {
        alike = { namespace, labels, staying: [], ending: [] };
        byNamespace.set(namespace, alike);
        all.push(alike);
      }
      (isEnding ? alike.ending : alike.staying).push(index);
    }
  }
  return new LabelIndex(all);
}
