import { fieldsOf, type OnUnknownField } from '@castai/shared/kube/protobuf/decode-message.ts';
import { type MessageField, wireOf } from '@castai/shared/kube/protobuf/message-table.ts';
import { WIRE, type WireCursor } from '@castai/shared/kube/protobuf/wire-cursor.ts';

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

/** Notes where the fields of a message begin, and where the message ends in which each stands. Made once for a message, and used for each. */
export class MessageIndex {
  /** By slot; -1: the field is not there. Of the message that was looked through last. */
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  readonly #found: Found;
  readonly #onUnknown: OnUnknownField;

  constructor({ found, count }: Pick<Places, 'found' | 'count'>, onUnknown: OnUnknownField) {
    this.begins = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.#found = found;
    this.#onUnknown = onUnknown;
  }

  /** Looks through the message that begins where the cursor is. Throws `UNUSUAL`, and `KUBE_STREAM_BROKEN`. */
  look(cursor: WireCursor, end: number): void {
    this.begins.fill(-1);
    this.#look(cursor, end, this.#found);
  }

  #look(cursor: WireCursor, end: number, { at, wires, isMany, message }: Found): void {
    const { begins, ends } = this;
    let last = -1;
    while (cursor.at < end) {
      const tag = cursor.uint32();
      const field = tag >>> 3;
      const wire = tag & 7;
      const place = at[field];
      if (place === undefined) {
        if (wires[field] === undefined) this.#onUnknown(message, field);
      } else if (wire !== wires[field]) throw UNUSUAL;
      else if (typeof place !== 'number') {
        this.#look(cursor, cursor.end(), place);
        continue;
      } else if ((begins[place] ?? -1) < 0) {
        begins[place] = cursor.at;
        ends[place] = end;
      } else if (last !== field || isMany[field] !== true) throw UNUSUAL;
      last = field;
      if (wire === WIRE.bytes) cursor.at = cursor.end();
      else cursor.skip(wire);
    }
    cursor.close(end);
  }
}
