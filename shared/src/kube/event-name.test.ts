import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventName } from './event-name.ts';

/** A DNS subdomain, as the API server asks for in names. (RFC 1123) */
const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/u;

test('an event is called after its object', () => {
  expect(eventName('node-1', 'abc')).toBe('node-1.abc');
});

test('wherever a long name is cut, the name is one', () => {
  const id = randomUUID();
  // A dot or a dash at every distance from the end.
  const long = 'ab.c--d.e-f.'.repeat(30);
  for (let length = 180; length <= 253; length += 1) {
    const object = long.slice(0, length - 1) + 'z';
    const name = eventName(object, id);
    expect(name).toMatch(NAME);
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name.endsWith(`.${id}`)).toBe(true);
    expect(object.startsWith(name.slice(0, 180))).toBe(true);
  }
});
