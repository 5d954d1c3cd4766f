/** Writes what stands many times in a message of protobuf, as JSON: the items of a list, the entries of a map. */
import { type MessageField, wireOf } from '@castai/shared/kube/protobuf/message-table.ts';
import { WIRE } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import { MAX_ANNOTATION_BYTES } from './annotation-policy.ts';
import { endOf, goesOn, isPlainKey, lengthOf, openEntry, type Write } from './write-values.ts';

const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN, CLOSE] = [0x7b, 0x7d];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];

/** What leaves of a map. */
interface Entries {
  /** Which keys are kept, whatever their values. */
  readonly keeps: (key: string) => boolean;
  readonly write: Write;
  /** Longest value that is kept under a key. */
  readonly maxBytes?: (key: string) => number;
  /** An empty object is nothing. */
  readonly dropsEmpty?: boolean;
}

/** The items of a list, without those of which nothing leaves. */
export function writeList(field: MessageField, write: Write): Write {
  const tag = (field.number << 3) | wireOf(field);
  const isBytes = wireOf(field) === WIRE.bytes;
  return (cursor, out, end) => {
    out.byte(OPEN_LIST);
    const first = out.length;
    do {
      const before = out.length;
      const itemEnd = isBytes ? endOf(cursor) : -1;
      if (before > first) out.byte(COMMA);
      if (!write(cursor, out, end)) out.length = before;
      if (isBytes) cursor.at = itemEnd;
    } while (goesOn(cursor, tag, end));
    out.byte(CLOSE_LIST);
    return true;
  };
}

/** How many annotations were left out for their length alone; nothing if none was. */
export function countOversized(field: MessageField, limit: (key: string) => number): Write {
  const tag = (field.number << 3) | WIRE.bytes;
  return (cursor, out, end) => {
    let count = 0;
    do {
      const { key, entryEnd } = openEntry(cursor);
      const bytes = cursor.end() - cursor.at;
      if (bytes > MAX_ANNOTATION_BYTES && isPlainKey(key) && limit(key) > 0 && bytes > limit(key)) count += 1;
      cursor.at = entryEnd;
    } while (goesOn(cursor, tag, end));
    if (count > 0) out.raw(String(count));
    return count > 0;
  };
}

/** The entries of a map by text, as an object. */
export function writeEntries(field: MessageField, { keeps, write, maxBytes, dropsEmpty = false }: Entries): Write {
  const tag = (field.number << 3) | WIRE.bytes;
  return (cursor, out, end) => {
    const before = out.length;
    out.byte(OPEN);
    let written = 0;
    do {
      const { key, keyEnd, entryEnd } = openEntry(cursor);
      const start = out.length;
      if (keeps(key) && (maxBytes === undefined || lengthOf(cursor) <= maxBytes(key))) {
        if (written > 0) out.byte(COMMA);
        if (!out.plainText(cursor.source, keyEnd - key.length, keyEnd)) out.json(JSON.stringify(key));
        out.byte(COLON);
        if (write(cursor, out, entryEnd)) written += 1;
        else out.length = start;
      }
      cursor.at = entryEnd;
    } while (goesOn(cursor, tag, end));
    out.byte(CLOSE);
    if (dropsEmpty && written === 0) {
      out.length = before;
      return false;
    }
    return true;
  };
}
