import type { UnreadableObject } from '../json/unreadable-object.ts';
import { WIRE, WireCursor } from './wire-cursor.ts';

/** Names have at most 253 characters. */
const MAX_NAME_LENGTH = 253;

const METADATA = (1 << 3) | WIRE.bytes;
/** Fields of ObjectMeta, by their number. */
const WANTED: Readonly<Record<number, 'name' | 'namespace' | 'uid' | 'resourceVersion'>> = {
  1: 'name',
  3: 'namespace',
  5: 'uid',
  6: 'resourceVersion',
};

/** Which object it is that nobody could read, as far as its first bytes tell: its metadata come first on the wire. */
export function identifyMessage(begin: Buffer): Omit<UnreadableObject, 'reason' | 'place' | 'kind'> {
  const found = { namespace: '', name: '', uid: '', resourceVersion: '' };
  const cursor = new WireCursor();
  cursor.open(begin);
  try {
    if (cursor.uint32() !== METADATA) return found;
    // Its length may go beyond the bytes that are there.
    const end = Math.min(cursor.uint32() + cursor.at, begin.length);
    while (cursor.at < end) {
      const tag = cursor.uint32();
      const member = WANTED[tag >>> 3];
      if (member === undefined || (tag & 7) !== WIRE.bytes) cursor.skip(tag & 7);
      else found[member] = cursor.text().slice(0, MAX_NAME_LENGTH);
    }
  } catch {
    // What was found before the fault is what can be told.
  }
  return found;
}
