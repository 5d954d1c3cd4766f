import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListDecoder } from '@castai/shared/kube/json/list-decoder.ts';
import { WatchDecoder } from '@castai/shared/kube/json/watch-decoder.ts';
import { loneBody } from '../feeds/body-slab.ts';
import { compileShape } from './scrub-json.ts';
import type { Shape } from './shape.ts';

const project = compileShape(
  {
    is: 'fields',
    fields: {
      number: { is: 'number' },
      quantity: { is: 'quantity' },
      numberOrText: { is: 'numberOrText', maxLength: 63 },
      time: { is: 'time' },
      text: { is: 'text', maxLength: 63 },
      reason: { is: 'reason' },
      list: { is: 'list', of: { is: 'number' } },
      map: { is: 'map', of: { is: 'quantity' } },
    },
  },
  { reenable: new Set(), annotationPrefixes: [] },
);

const metadata = '"metadata":{"name":"a","resourceVersion":"7"}';

/** What leaves of an object with these members, by way of a list and of a watch. */
function leaves(members: string): string[] {
  const object = `{${metadata},${members}}`;
  const [listed] = new ListDecoder().push(Buffer.from(`{"metadata":{},"items":[${object}]}`));
  const [watched] = new WatchDecoder().push(Buffer.from(`{"type":"ADDED","object":${object}}\n`));
  return [listed?.object, watched !== undefined && 'object' in watched ? watched.object : undefined].map((value) =>
    Buffer.from(loneBody(project(value) as Parameters<typeof loneBody>[0])).toString(),
  );
}

const digits = fc.stringMatching(/^[0-9]{1,24}$/);
const whole = fc.oneof(
  fc.bigInt().map(String),
  fc.constantFrom('0', '-0', '9223372036854775807', '18446744073709551615'),
);
/** Every way in which JSON may write a number (RFC 8259, section 6). */
const number = fc
  .tuple(
    whole,
    fc.option(digits),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.integer({ min: 0, max: 400 }))),
  )
  .map(
    ([integer, fraction, exponent]) =>
      `${integer}${fraction === null ? '' : `.${fraction}`}${exponent?.join('') ?? ''}`,
  );
/** resource.Quantity, in every form that its parser takes. */
const quantity = fc
  .tuple(
    fc.constantFrom('', '+', '-'),
    fc.oneof(
      digits,
      digits.map((some) => `${some}.`),
      digits.map((some) => `.${some}`),
      digits.map((some) => `1.${some}`),
    ),
    fc.constantFrom(
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Ei',
      'e3',
      'E-3',
      'e+3',
    ),
  )
  .map((parts) => JSON.stringify(parts.join('')));
const two = (max: number) => fc.integer({ min: 1, max }).map((some) => String(some).padStart(2, '0'));
/** metav1.Time and metav1.MicroTime; custom resources may have any RFC 3339. */
const time = fc
  .tuple(
    fc.integer({ min: 1, max: 9999 }),
    two(12),
    two(28),
    two(23),
    two(59),
    fc.constantFrom('', '.000001', '.123456789'),
    fc.constantFrom('Z', '+05:30', '-11:00'),
  )
  .map(([year, month, day, hour, minute, fraction, zone]) =>
    JSON.stringify(`${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:59${fraction}${zone}`),
  );
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((some) => JSON.stringify(some));

describe('values leave as the API server wrote them', () => {
  it('whichever way it has of writing them', () => {
    const members = fc.record({
      number,
      quantity: fc.oneof(quantity, number),
      numberOrText: fc.oneof(number, text),
      time,
      text,
      reason: fc.constantFrom('"OutOfcpu"', '"OutOfnvidia.com/gpu"', '"Elb.RegistrationInProgress"'),
      list: fc.array(number).map((some) => `[${some.join(',')}]`),
      map: fc
        .uniqueArray(fc.stringMatching(/^[a-z][a-z.]{0,10}$/))
        .chain((keys) => fc.tuple(...keys.map((key) => quantity.map((some) => `"${key}":${some}`))))
        .map((some) => `{${some.join(',')}}`),
    });
    const property = fc.property(members, (some) => {
      const said = Object.entries(some)
        .map(([key, value]) => `"${key}":${value}`)
        .join(',');
      expect(leaves(said)).toEqual([`{${said}}`, `{${said}}`]);
    });
    // A failure prints the seed and the path with which it can be repeated.
    fc.assert(property, { numRuns: 300 });
  });

  it('or not at all: what is of another type is left out, never turned into something else', () => {
    const f = (value: string, shape: Shape, expected: string | undefined): void => {
      const [item] = new ListDecoder().push(Buffer.from(`{"metadata":{},"items":[{${metadata},"value":${value}}]}`));
      const kept = compileShape(shape, { reenable: new Set(), annotationPrefixes: ['raw'] })(item?.object['value']);
      expect([value, shape, kept === undefined ? undefined : JSON.stringify(kept)]).toEqual([value, shape, expected]);
    };
    const large = '9223372036854775807';
    f(large, { is: 'fields', fields: {} }, undefined);
    f(large, { is: 'annotations' }, undefined);
    f(large, { is: 'sizes' }, undefined);
    f(large, { is: 'map', of: { is: 'text', maxLength: 63 } }, undefined);
    f(large, { is: 'list', of: { is: 'number' } }, undefined);
    f(large, { is: 'text', maxLength: 63 }, undefined);
    f(large, { is: 'flag' }, undefined);
    f(large, { is: 'time' }, undefined);
    f(large, { is: 'number' }, large);
    f('"1e3"', { is: 'number' }, undefined);
    f('1e400', { is: 'number' }, '1e400');
  });
});
