import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { NO_FILE } from './parse-endpoints.ts';
import { type Notifying, type NotifyingOptions, startNotifying } from './start-notifying.ts';

let store: SqliteStore;
let running: Notifying | undefined;
beforeEach(() => {
  store = new SqliteStore(':memory:');
});
afterEach(async () => {
  await running?.stop();
  await store.close();
});

async function start(more: Partial<NotifyingOptions> = {}): Promise<string[] | undefined> {
  const onError = (error: unknown): never => {
    throw error;
  };
  const sources = { store, heartbeatMs: () => 15_000, controllerPoll: () => undefined };
  running = await startNotifying({ clock: new ManualClock(), onError, ...more }, sources);
  return running?.notifier.endpoints.map(({ id }) => id);
}

test('without a file, without leave to make endpoints and without any that were made, nobody is told', async () => {
  expect(await start()).toBe(undefined);
});

test('with a file, or with leave to make endpoints, it runs', async () => {
  expect(await start({ mayChangeEndpoints: true })).toEqual([]);
  await running?.stop();
  expect(await start({ notify: NO_FILE })).toEqual([]);
});

test('an endpoint that was made while that was allowed is told still', async () => {
  await store.notify.keepPageEndpoint('mine', { id: 'mine', url: 'https://hooks.example/', format: 'slack' });
  expect(await start()).toEqual(['mine']);
});
