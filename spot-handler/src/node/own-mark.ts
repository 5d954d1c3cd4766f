import { parseRecord, type RecordedMark } from './node-record.ts';
import type { NodeView } from './node-view.ts';
import { markLeft } from './plan-node-patch.ts';

/**
 * What of the mark is ours, as this process has seen it: the record may be deleted or overwritten by hand while the mark stands, and without
 * it nobody would know that the cordon is ours to take away.
 */
export class OwnMark {
  #uid = '';
  #mark: RecordedMark | undefined;

  /** Takes a state of the node, and gives what is known of our mark on it; undefined: it carries none, or that of an earlier process. */
  see(node: NodeView): RecordedMark | undefined {
    const { mark = node.uid === this.#uid ? this.#mark : undefined } = parseRecord(node.record);
    this.#uid = node.uid;
    this.#mark = mark === undefined ? undefined : markLeft(node, mark);
    return this.#mark;
  }

  /** We have taken it off ourselves. */
  forget(): void {
    this.#mark = undefined;
  }
}
