import { fieldsOf, type OnUnknownField } from '@castai/shared/kube/protobuf/decode-message.ts';
import { type MessageField, wireOf } from '@castai/shared/kube/protobuf/message-table.ts';
import type { WireCursor } from '@castai/shared/kube/protobuf/wire-cursor.ts';

/** Thrown at what a server may write and none does: made once, nobody needs to know from where. */
export const UNUSUAL: Error = new Error('an object that is not walked');

/** The fields of a message that are looked for, and what to do at each of their numbers. */
interface Found {
  readonly message: string;
  /** By number of the field: the slot, or the fields of a message that stands here in JSON. */
  readonly at: readonly (number | Found | undefined)[];
  readonly wires: readonly (number | undefined)[];
  readonly isMany: readonly (boolean | undefined)[];
}

/** Which fields of a message are looked for. */
export class Places {
  readonly message: string;
  readonly found: Found;
  /** Of the message that is being walked. */
  from = 0;
  to = 0;
  begins: Int32Array = new Int32Array(0);
  readonly #fields = new Map<string, { field: MessageField; at: (number | Found | undefined)[] }>();
  readonly #slots = new Map<string, number>();

  constructor(message: string) {
    this.message = message;
    this.found = this.#learn(message);
  }

  /** How many are looked for. */
  get count(): number {
    return this.#slots.size;
  }

  /** Looks for a field by its name in JSON from now on; undefined where the message has none. */
  find(name: string): { field: MessageField; slot: number } | undefined {
    const known = this.#fields.get(name);
    if (known === undefined) return undefined;
    const { field, at } = known;
    const slot = this.#slots.get(name) ?? this.#slots.size;
    this.#slots.set(name, slot);
    at[field.number] = slot;
    return { field, slot };
  }

  #learn(message: string): Found {
    const at: (number | Found | undefined)[] = [];
    const [wires, isMany]: [number[], boolean[]] = [[], []];
    for (const field of fieldsOf(message)) {
      wires[field.number] = wireOf(field);
      isMany[field.number] = field.many !== 'one';
      if (field.of === 'passed-by') continue;
      if (field.json === '') at[field.number] = this.#learn(field.of);
      else this.#fields.set(field.json, { field, at });
    }
    return { message, at, wires, isMany };
  }
}

interface Indexing {
  readonly found: Found;
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  readonly onUnknown: OnUnknownField;
}

/** Notes where the fields of a message begin, and where the message ends in which each stands. */
export function index(cursor: WireCursor, end: number, { found, begins, ends, onUnknown }: Indexing): void {
  const { at, wires, isMany } = found;
  let last = -1;
  while (cursor.at < end) {
    const tag = cursor.uint32();
    const field = tag >>> 3;
    const wire = tag & 7;
    const place = at[field];
    if (place === undefined) {
      if (wires[field] === undefined) onUnknown(found.message, field);
    } else if (wire !== wires[field]) throw UNUSUAL;
    else if (typeof place !== 'number') {
      index(cursor, cursor.end(), { found: place, begins, ends, onUnknown });
      continue;
    } else if ((begins[place] ?? -1) < 0) {
      begins[place] = cursor.at;
      ends[place] = end;
    } else if (last !== field || isMany[field] !== true) throw UNUSUAL;
    last = field;
    cursor.skip(wire);
  }
  cursor.close(end);
}
