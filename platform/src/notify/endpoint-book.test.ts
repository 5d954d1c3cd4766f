import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { EndpointBook, MOST_OF_PAGE } from './endpoint-book.ts';
import { EndpointSenders } from './endpoint-senders.ts';
import { testNotification } from './notification.ts';
import { parsePageEndpoint } from './page-endpoint.ts';
import { resolveBySystem } from './system-resolver.ts';

const RULES = { allowHttp: true, allowNetworks: ['127.0.0.1'] };
let folder = '';
let store: SqliteStore;
let receiver: RecordingServer;
let errors: unknown[];
let stop: AbortController;
let runs: Promise<unknown>[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-book-'));
  store = new SqliteStore(join(folder, 'platform.db'));
  receiver = await RecordingServer.start();
  receiver.react = (_, response) => response.writeHead(204).end();
  errors = [];
  stop = new AbortController();
  runs = [];
});
afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await Promise.allSettled(runs);
  await receiver[Symbol.asyncDispose]();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A platform that starts, as far as it has to do with endpoints of the page. */
async function start(): Promise<{ book: EndpointBook; senders: EndpointSenders }> {
  const onError = (error: unknown): void => void errors.push(error);
  const timing = { clock: new ManualClock(), random: () => 0.5 };
  const { notify } = store;
  const senders = new EndpointSenders({ store: notify, timing, resolve: resolveBySystem, onEnded: () => {}, onError });
  await senders.put(parsePageEndpoint(at('/file', { id: 'file' }), RULES));
  const book = new EndpointBook({ store: notify, senders, rules: RULES, onError });
  await book.load();
  runs.push(senders.run(stop.signal).catch(() => undefined));
  return { book, senders };
}
const at = (path: string, more: object = {}): Record<string, unknown> => ({
  id: 'chat',
  url: new URL(path, receiver.url).href,
  format: 'slack',
  ...more,
});
async function tell(endpoint: string, nonce: string, senders: EndpointSenders): Promise<void> {
  const notification = testNotification(nonce, 0);
  const whose = { cluster: 'c1', trouble: 'agent', episode: undefined, atMs: 0 } as const;
  await store.notify.tell({ ...whose, notification, endpoints: [endpoint] });
  senders.get(endpoint)?.wake();
}
const paths = (): string[] => receiver.requests.map(({ url }) => url);
const arrived = async (...wanted: string[]): Promise<void> => {
  await eventually({ what: wanted.join(), look: paths, until: (seen) => seen.length >= wanted.length });
  expect(paths()).toEqual(wanted);
};
/** What was sent is written down: whoever changes the endpoint, or begins as the next process, before that sends it once more. */
const recorded = (count: number): Promise<unknown> =>
  eventually({
    what: 'recorded',
    look: () => store.notify.endpoint('chat'),
    until: ({ delivered }) => delivered === count,
  });

test('one that is made is sent to, also by the next process, and follows its changes', async () => {
  const { book, senders } = await start();
  expect(await book.make(at('/a'))).toBe('chat');
  expect([book.has('chat'), book.has('file')]).toEqual([true, false]);
  await tell('chat', '1', senders);
  await arrived('/a');
  await recorded(1);
  expect(await book.change('chat', { url: at('/b')['url'], format: 'slack' })).toBe(true);
  await tell('chat', '2', senders);
  await arrived('/a', '/b');
  await recorded(2);
  stop.abort(new Error('the process is over'));
  await Promise.allSettled(runs);
  stop = new AbortController();
  const next = await start();
  expect(next.senders.endpoints.map(({ id }) => id)).toEqual(['file', 'chat']);
  await tell('chat', '3', next.senders);
  await arrived('/a', '/b', '/b');
  expect(errors).toEqual([]);
});

test('one that is removed is gone with everything that is known of it', async () => {
  const { book, senders } = await start();
  await book.make(at('/a'));
  await tell('chat', '1', senders);
  await arrived('/a');
  await recorded(1);
  await senders.get('chat')?.disable();
  await tell('chat', '2', senders);
  expect(await book.remove('chat')).toBe(true);
  expect(await store.notify.endpoint('chat')).toMatchObject({ queued: 0, delivered: 0, ended: '' });
  expect(await store.notify.attempts('chat', 9)).toEqual([]);
  expect([senders.get('chat'), book.has('chat')]).toEqual([undefined, false]);
  expect(await book.remove('chat')).toBe(false);
  // Another of the name begins with nothing.
  await book.make(at('/new'));
  await tell('chat', '3', senders);
  await arrived('/a', '/new');
});

test('those of the file are not touched, and a name is taken once', async () => {
  const { book } = await start();
  expect(await book.remove('file')).toBe(false);
  expect(await book.change('file', at('/a'))).toBe(false);
  await expect(book.make(at('/a', { id: 'file' }))).rejects.toThrow('there is an endpoint file already');
  const both = await Promise.allSettled([book.make(at('/a')), book.make(at('/b'))]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test('a change that cannot be used changes nothing', async () => {
  const { book, senders } = await start();
  await book.make(at('/a'));
  await expect(book.change('chat', { format: 'other' })).rejects.toThrow('must be one of');
  await expect(book.make(at('/a', { id: 'x', url: 'https://10.0.0.1/' }))).rejects.toThrow('a private network');
  await tell('chat', '1', senders);
  await arrived('/a');
  expect((await store.notify.pageEndpoints()).map(({ id }) => id)).toEqual(['chat']);
});

test('what is stored and cannot be used any more is told of, and keeps none of the others', async () => {
  await store.notify.keepPageEndpoint('inside', at('/x', { id: 'inside', url: 'https://10.0.0.1/' }));
  await store.notify.keepPageEndpoint('file', at('/x', { id: 'file' }));
  await store.notify.keepPageEndpoint('chat', at('/a'));
  const { senders } = await start();
  expect(senders.endpoints.map(({ id, url }) => [id, new URL(url.reveal()).pathname])).toEqual([
    ['file', '/file'],
    ['chat', '/a'],
  ]);
  expect(errors.map(String)).toEqual([
    'Error: the endpoint inside, which was made on the page, cannot be used',
    'Error: the endpoint file, which was made on the page, cannot be used',
  ]);
});

test('there is an end to how many there may be', async () => {
  const { book } = await start();
  for (let made = 0; made < MOST_OF_PAGE; made += 1) await book.make(at('/a', { id: `n${made}` }));
  await expect(book.make(at('/a'))).rejects.toThrow('there are 50 already');
});
