/**
 * What a spot handler has written on its node: that the machine is about to go, and when. Pure.
 *
 * The report of an interruption names the machine and no time; the record that the handler keeps on the node has it.
 */
import { field, list, text } from './loose-fields.ts';

/** The mark of a node whose machine is about to go. */
export interface NodeMark {
  /** When the provider said that it begins; `undefined`: it did not say, or what the handler wrote cannot be read. */
  readonly endsAtMs: number | undefined;
}

/** Taint and label of a node that is being emptied. */
const DRAINING = 'autoscaling.cast.ai/draining';
/** What the label says when a spot handler set it; others have it for other reasons. */
const INTERRUPTED = 'spot-interruption';
const RECORD = 'autoscaling.cast.ai/spot-handler';
const NODE_ID_LABEL = 'provisioner.cast.ai/node-id';
const PROVIDER_ID_ANNOTATION = 'provisioner.cast.ai/override-provider-id';

/** The mark, if there is one. */
export function nodeMark(node: unknown): NodeMark | undefined {
  const metadata = field(node, 'metadata');
  const notices = markingNotices(text(field(field(metadata, 'annotations'), RECORD)));
  const isLabelled = text(field(field(metadata, 'labels'), DRAINING)) === INTERRUPTED;
  if (!isLabelled && notices.length === 0) return undefined;
  const times = notices.map((notice) => field(notice, 'startsAtMs')).filter((time) => typeof time === 'number');
  return { endsAtMs: times.length === 0 ? undefined : Math.min(...times) };
}

/** The names under which a node is reported, in lower case: Azure writes one id in several ways. */
export function nodeIds(node: unknown): readonly string[] {
  const metadata = field(node, 'metadata');
  return [
    text(field(field(node, 'spec'), 'providerID')),
    text(field(field(metadata, 'annotations'), PROVIDER_ID_ANNOTATION)),
    text(field(field(metadata, 'labels'), NODE_ID_LABEL)),
    text(field(metadata, 'name')),
  ]
    .filter((id) => id !== '')
    .map((id) => id.toLowerCase());
}

function markingNotices(record: string): readonly unknown[] {
  if (record === '') return [];
  try {
    const value: unknown = JSON.parse(record);
    return list(field(value, 'notices')).filter((notice) => field(notice, 'isMarking') === true);
  } catch {
    return [];
  }
}
