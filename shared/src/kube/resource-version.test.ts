import { expect, it } from 'vitest';
import { compareResourceVersions } from './resource-version.ts';

const cases: [string, string, string][] = [
  ['5', '5', 'same'],
  ['9', '10', 'older'],
  ['10', '9', 'newer'],
  ['100', '101', 'older'],
  ['340282366920938463463374607431768211455', '340282366920938463463374607431768211454', 'newer'],
  ['9007199254740993', '9007199254740992', 'newer'],
  ['0', '5', 'opaque'],
  ['05', '5', 'opaque'],
  ['', '5', 'opaque'],
  ['5', '5a', 'opaque'],
  ['5', '٥', 'opaque'],
  ['5\n', '5', 'opaque'],
  ['1e3', '5', 'opaque'],
  ['', '', 'opaque'],
];

it.each(cases)('%j lies to %j as %s', (a, b, order) => {
  expect(compareResourceVersions(a, b)).toBe(order);
});
