/**
 * Performs the scrub policy on Kubernetes' protobuf: walks the bytes of an object and writes the JSON of what may leave, without an object in
 * between. The bytes are those that `scrub-json.ts` gives for the same object in JSON.
 *
 * Only what nearly every object has is written so. For a leaf of the policy that is seldom met, the message in which it stands is read and
 * that leaf is scrubbed as if it had come in JSON. What a server may write and none does (numbers behind each other, the items of a list
 * apart from each other, labels that are numbers) is `UNUSUAL`: the whole object goes the way of JSON then.
 */
import { compileMessage, type OnUnknownField, type ReadMessage } from '@castai/shared/kube/protobuf/decode-message.ts';
import type { MessageField } from '@castai/shared/kube/protobuf/message-table.ts';
import { WireCursor } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import { annotationFilter } from './annotation-filter.ts';
import { JsonBytes } from './json-bytes.ts';
import { MessageIndex, Places, UNUSUAL } from './message-places.ts';
import { keyFilter } from './keep-maps.ts';
import { compileShape } from './scrub-json.ts';
import type { FieldShape, FieldsShape, ScrubOptions, Shape } from './shape.ts';
import { recurring } from './recurring-values.ts';
import { countOversized, writeEntries, writeList } from './write-many.ts';
import {
  isPlainKey,
  quantityText,
  remembered,
  type Write,
  writeFlag,
  writeNumber,
  writeText,
  writeTime,
} from './write-values.ts';

/** One for all kinds: 64 KiB for each of them would count where V8 decides when to collect its heap. */
const OUT = new JsonBytes();

/** Writes what may leave of an object; undefined: it has to go the way of JSON. The bytes are overwritten by the next object of any kind. */
export type WriteScrubbed = (bytes: Buffer) => Buffer | undefined;

/** How to compile. */
export interface ScrubProtobufOptions {
  readonly options: ScrubOptions;
  readonly onUnknownField: OnUnknownField;
}

/** Compiles the policy of a kind for its protobuf. Undefined where labels are masked, which is done on objects. */
export function scrubProtobuf(
  message: string,
  shape: FieldsShape,
  { options, onUnknownField }: ScrubProtobufOptions,
): WriteScrubbed | undefined {
  if (options.labelMask !== undefined) return undefined;
  const write = new Compiler(options, onUnknownField).fields(message, shape);
  const cursor = new WireCursor();
  return (bytes) => {
    cursor.open(bytes);
    OUT.length = 0;
    try {
      write(cursor, OUT, bytes.length);
    } catch (error) {
      if (error === UNUSUAL) return undefined;
      throw error;
    }
    return OUT.written;
  };
}

/** A field of the policy, and where it is found. */
interface Step {
  /** With its quotes and colon, first and later in its object. */
  readonly first: string;
  readonly later: string;
  readonly slot: number;
  readonly write: Write;
}

const [OPEN, CLOSE] = [0x7b, 0x7d];

class Compiler {
  readonly #options: ScrubOptions;
  readonly #annotationLimit: (key: string) => number;
  readonly #onUnknown: OnUnknownField;

  constructor(options: ScrubOptions, onUnknown: OnUnknownField) {
    this.#options = options;
    this.#onUnknown = onUnknown;
    this.#annotationLimit = remembered(annotationFilter(options.annotationPrefixes));
  }

  /** The whole message, from where the cursor is to `end`. */
  fields(message: string, shape: FieldsShape): Write {
    const places = new Places(message);
    const steps = Object.entries(shape.fields).flatMap(([key, field]): Step[] => {
      const found = this.#field(places, key, field);
      if (found === undefined) return [];
      const name = JSON.stringify(key);
      return [{ first: `${name}:`, later: `,${name}:`, ...found }];
    });
    const index = new MessageIndex(places, this.#onUnknown);
    const { begins, ends } = index;
    const onlyKey = shape.dropIfOnly;
    const onlyStep = steps.findIndex(({ first }) => first === `${JSON.stringify(onlyKey)}:`);
    places.begins = begins;
    return (cursor, out, end) => {
      places.from = cursor.at;
      places.to = end;
      index.look(cursor, end);
      out.byte(OPEN);
      let written = 0;
      let only = -1;
      for (let place = 0; place < steps.length; place += 1) {
        const step = steps[place];
        if (step === undefined) continue;
        const begin = begins[step.slot] ?? -1;
        if (begin < 0) continue;
        const before = out.length;
        out.raw(written === 0 ? step.first : step.later);
        cursor.at = begin;
        if (step.write(cursor, out, ends[step.slot] ?? end)) {
          written += 1;
          only = place;
        } else out.length = before;
      }
      out.byte(CLOSE);
      cursor.at = end;
      return onlyKey === undefined || (written > 0 && !(written === 1 && only === onlyStep));
    };
  }

  #field(places: Places, key: string, shape: FieldShape): Pick<Step, 'slot' | 'write'> | undefined {
    if (shape.is === 'where') return this.#where(places, key, shape);
    const [source, of] = shape.is === 'from' ? [shape.field, shape.of] : [key, shape];
    const resolved = this.#resolve(of);
    const place = places.find(source);
    if (resolved === undefined || place === undefined) return undefined;
    const { field, slot } = place;
    return { slot, write: this.#value(field, resolved) ?? this.#seldom(places, field, resolved) };
  }

  #where(
    places: Places,
    key: string,
    { beside, among, of, otherwise }: Extract<FieldShape, { is: 'where' }>,
  ): Pick<Step, 'slot' | 'write'> | undefined {
    const [one, other] = [this.#field(places, key, of), otherwise && this.#field(places, key, otherwise)];
    const told = places.find(beside);
    const slot = one?.slot ?? other?.slot;
    if (slot === undefined) return undefined;
    const words = new Set(among);
    const write: Write = (cursor, out, end) => {
      const begin = cursor.at;
      const besideAt = told === undefined ? -1 : (places.begins[told.slot] ?? -1);
      let word = '';
      if (besideAt >= 0) {
        cursor.at = besideAt;
        word = cursor.text();
        cursor.at = begin;
      }
      return (words.has(word) ? one : other)?.write(cursor, out, end) ?? false;
    };
    return { slot, write };
  }

  /** The shape without switches; undefined: nothing leaves. */
  #resolve(shape: Shape): Shape | undefined {
    if (shape.is !== 'when') return shape;
    if (this.#options.reenable.has(shape.on)) return this.#resolve(shape.shape);
    return shape.otherwise && this.#resolve(shape.otherwise);
  }

  /** Undefined: a shape that is seldom met in a field of this type. */
  #value(field: MessageField, shape: Shape): Write | undefined {
    if (field.many === 'list') return shape.is === 'list' ? this.#list(field, shape.of) : undefined;
    if (field.many === 'map') return this.#map(field, shape);
    const { of, omitsZero } = field;
    switch (shape.is) {
      case 'text':
        return of === 'string' ? writeText(shape.maxLength, omitsZero) : undefined;
      case 'reason':
      case 'message':
      case 'summary':
        return of === 'string' ? this.#leaf(shape, (cursor) => cursor.text(), omitsZero) : undefined;
      case 'quantity':
        return of === 'Quantity' ? this.#leaf(shape, quantityText, false) : undefined;
      case 'time':
        return of === 'Time' || of === 'MicroTime' ? writeTime(of) : undefined;
      case 'number':
        return of === 'int' ? writeNumber(omitsZero) : undefined;
      case 'flag':
        return of === 'bool' ? writeFlag(omitsZero) : undefined;
      case 'fields': {
        if (!of.includes('.')) return undefined;
        // When the first one comes: most that the policy names are seldom there.
        let write: Write | undefined;
        return (cursor, out) => {
          write ??= this.fields(of, shape);
          return write(cursor, out, cursor.end());
        };
      }
      default:
        return undefined;
    }
  }

  /** A text of which the same few come again and again. */
  #leaf(shape: Shape, read: (cursor: WireCursor) => string, omitsZero: boolean): Write {
    const keep = compileShape(shape, this.#options);
    return recurring((cursor) => {
      const value = read(cursor);
      return omitsZero && value === '' ? undefined : JSON.stringify(keep(value));
    });
  }

  #list(field: MessageField, shape: Shape): Write | undefined {
    const of = this.#resolve(shape);
    const write = of && this.#value({ ...field, many: 'one', omitsZero: false }, of);
    return write && writeList(field, write);
  }

  #map(field: MessageField, shape: Shape): Write | undefined {
    const write = writeText(shape.is === 'labels' ? shape.maxLength : Number.MAX_SAFE_INTEGER, false);
    if (shape.is === 'labels' && field.of === 'string') return writeEntries(field, { keeps: isPlainKey, write });
    if (shape.is === 'annotations' && field.of === 'string') {
      const limit = this.#annotationLimit;
      const keeps = (key: string): boolean => isPlainKey(key) && limit(key) > 0;
      return writeEntries(field, { keeps, write, maxBytes: limit, dropsEmpty: true });
    }
    if (shape.is === 'oversized' && field.of === 'string') return countOversized(field, this.#annotationLimit);
    const of = shape.is === 'map' ? this.#resolve(shape.of) : undefined;
    if (shape.is !== 'map' || of === undefined) return undefined;
    const writeOne = this.#value({ ...field, many: 'one', omitsZero: false }, of);
    return writeOne && writeEntries(field, { keeps: remembered(keyFilter(shape)), write: writeOne });
  }

  /** Reads the message in which the field stands, and does with the field what is done in JSON. */
  #seldom(places: Places, field: MessageField, shape: Shape): Write {
    const keep = compileShape(shape, this.#options);
    let read: ReadMessage | undefined;
    return (cursor, out) => {
      read ??= compileMessage(places.message, new Map([[field.json, 'all']]), () => {});
      const { from, to } = places;
      const into: Record<string, unknown> = {};
      cursor.at = from;
      read(cursor, to, into);
      const value = into[field.json];
      const kept = value === undefined ? undefined : keep(value);
      if (kept === undefined) return false;
      out.json(JSON.stringify(kept));
      return true;
    };
  }
}
