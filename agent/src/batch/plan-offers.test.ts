import { expect, it } from 'vitest';
import { offerFor, snapshotWay } from './plan-offers.ts';

const known = { isTaken: true, heard: '50', listed: '60', isDistrusted: false };

it.each([
  ['offers what the platform may have', {}, 'offering'],
  ['offers at the very position that was heard of', { listed: '50' }, 'offering'],
  ['offers nothing to a platform that takes no offers', { isTaken: false, isDistrusted: true }, 'plain'],
  ['offers nothing where the platform holds nothing', { heard: undefined }, 'plain'],
  ['begins afresh where a list lies before what was heard of: its history was rewound', { listed: '9' }, 'afresh'],
  ['begins afresh where the history was found to be rewound, whatever the list says', { isDistrusted: true }, 'afresh'],
  ['says so also where the platform has told nothing of it', { isDistrusted: true, heard: undefined }, 'afresh'],
  ['offers nothing of versions that have no order', { listed: 'v60' }, 'plain'],
  ['offers nothing of a list without a position', { listed: '' }, 'plain'],
])('a snapshot %s', (_what, change, way) => {
  expect(snapshotWay({ ...known, ...change })).toBe(way);
});

it('names an object by its uid and version, and only one that has both and can be read', () => {
  const upsert = {
    type: 'upsert',
    feedId: 3,
    uid: 'u',
    namespace: 'shop',
    name: 'web',
    resourceVersion: '7',
    observedAtMs: 1,
    encoding: 'JSON',
    body: new Uint8Array(2),
  } as const;
  expect(offerFor(upsert)).toEqual({ type: 'offer', feedId: 3, uid: 'u', resourceVersion: '7' });
  for (const change of [{ uid: '' }, { uid: 'shop/web' }, { resourceVersion: '' }, { body: new Uint8Array() }]) {
    expect(offerFor({ ...upsert, ...change })).toBeUndefined();
  }
});
