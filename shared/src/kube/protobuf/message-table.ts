import { WIRE } from './wire-cursor.ts';

/** One field of a message. */
export interface MessageField {
  readonly number: number;
  /** Its name in JSON; empty for a message whose fields stand where it stands itself. */
  readonly json: string;
  readonly many: 'one' | 'list' | 'map';
  /** `string`, `bool`, `int`, `bytes`, one of `own-forms.ts`, `passed-by` (known, and never read), or the name of a message. */
  readonly of: string;
  /** Go leaves it out of JSON when it is zero, and writes it to the wire all the same. */
  readonly omitsZero: boolean;
}

/**
 * Reads a row of `kube-messages.ts`: `<number> <name> <type>`, separated by commas. The name is `.` for fields that stand in JSON where the
 * message stands; `[]` before the type is a list, `{}` a map by text, `?` behind it means that zero is left out.
 */
export function messageFields(row: string): MessageField[] {
  if (row === '') return [];
  return row.split(', ').map((field) => {
    const [number = '', json = '', type = ''] = field.split(' ');
    const [, prefix = '', of = '', mark = ''] = TYPE.exec(type) ?? [];
    return {
      number: Number(number),
      json: json === '.' ? '' : json,
      many: prefix === '[]' ? 'list' : prefix === '{}' ? 'map' : 'one',
      of,
      omitsZero: mark === '?',
    };
  });
}

/** How one value of a field begins on the wire. */
export function wireOf({ of, many }: MessageField): number {
  return many !== 'map' && (of === 'bool' || of === 'int') ? WIRE.varint : WIRE.bytes;
}

const TYPE = /^(\[\]|\{\})?([\w.-]+)(\?)?$/u;
