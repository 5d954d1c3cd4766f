import { expect, it } from 'vitest';
import { entryBytes, fromWireEntry, toWireEntry } from './entry-wire.ts';
import { castai } from './ingest.js';
import type { Entry } from './ingest-messages.ts';

const gone = {
  type: 'delete',
  feedId: 1,
  uid: 'u0',
  namespace: 'shop',
  name: 'n',
  resourceVersion: '13',
  observedAtMs: 5,
} as const satisfies Entry;

it('refuses an entry of no kind that it knows, and a state of none: a newer agent, or garbage', () => {
  expect(() => fromWireEntry({})).toThrow(new RangeError('batch entry of no known kind'));
  expect(() => fromWireEntry({ state: { feedId: 1, state: castai.ingest.v2.State.STATE_UNSPECIFIED } })).toThrow(
    RangeError,
  );
});

it('takes what the sender left out for what it means', () => {
  expect(fromWireEntry({ upsert: { feedId: 1, name: 'n' } })).toEqual({
    type: 'upsert',
    feedId: 1,
    uid: '',
    namespace: '',
    name: 'n',
    resourceVersion: '',
    observedAtMs: 0,
    encoding: 'JSON',
    body: new Uint8Array(),
  });
});

it('counts what is last known of an object that is gone, which waits with it and is of the other wire', () => {
  const lastKnown = new Uint8Array(1000);
  expect(entryBytes({ ...gone, lastKnown }) - entryBytes(gone)).toBe(1000);
  expect(fromWireEntry(toWireEntry({ ...gone, lastKnown }))).toEqual(gone);
});
