/** The stream of an open page, read as a browser reads it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { begin, end, NODES, remove, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';
import { startServer } from '../front/server.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { RowsPatch } from './page-diff.ts';
import { PageStream } from './page-stream.ts';

const platform = usePlatform();

type Message = { readonly nowMs: number; readonly full: boolean; readonly change: Record<string, unknown> };

/** Opens the stream, merges what comes into one state, and waits until it satisfies. */
async function follow(cluster: string) {
  return followAt(new URL(`/_page/stream?cluster=${cluster}`, platform.url).href);
}

async function followAt(url: string) {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  const state: Record<string, unknown> = {};
  const messages: Message[] = [];
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let unread = '';
  const next = async (): Promise<Message> => {
    while (!unread.includes('\n\n')) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) throw new Error('the stream ended');
      unread += value;
    }
    const [event = '', ...rest] = unread.split('\n\n');
    unread = rest.join('\n\n');
    return JSON.parse(event.replace(/^data: /, '')) as Message;
  };
  return {
    contentType: response.headers.get('content-type'),
    messages,
    until: async (isThere: (state: Record<string, unknown>) => boolean): Promise<void> => {
      while (!isThere(state)) {
        const message = await next();
        messages.push(message);
        Object.assign(state, message.change);
      }
    },
    rows: (section: string) => (state[section] as RowsPatch).set,
    close: (): void => stop.abort(),
  };
}

const phase = (name: string) => ({ spec: { nodeName: 'n1' }, status: { phase: name } });
const pods = (state: Record<string, unknown>): string => JSON.stringify(state['pods'] ?? {});

test('a page gets everything first and then only what changed', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [
    begin(),
    upsert('a', { json: phase('Running') }),
    upsert('b', { json: phase('Running') }),
    end(2),
  ]);
  await agent.mustSend(1, 2, [upsert('n1', { feedId: NODES.id, json: { metadata: { name: 'n1' } } })]);
  const page = await follow(agent.cluster);
  expect(page.contentType).toBe('text/event-stream');
  await page.until((state) => pods(state) === '{"total":2,"byPhase":{"Running":2},"uncounted":0,"isStale":false}');
  const [first] = page.messages;
  expect(first?.full).toBe(true);
  expect(Object.keys(first?.change ?? {}).sort()).toEqual([
    'clusters',
    'events',
    'faults',
    'feeds',
    'groups',
    'interruptions',
    'lists',
    'logs',
    'namespaceCount',
    'namespaces',
    'notices',
    'pods',
    'problems',
    'rates',
    'summary',
    'totals',
  ]);
  await agent.mustSend(1, 3, [upsert('a', { json: phase('Pending') }), remove('b')]);
  await page.until((state) => pods(state) === '{"total":1,"byPhase":{"Pending":1},"uncounted":0,"isStale":false}');
  const last = page.messages.at(-1);
  expect(last?.full).toBe(false);
  expect(last?.change).not.toHaveProperty('clusters');
  const feeds = last?.change['feeds'] as RowsPatch | undefined;
  expect(feeds?.set).toEqual([expect.objectContaining({ resource: 'pods', objects: 1 })]);
  expect(feeds).not.toHaveProperty('order');
  page.close();
});

test('a sweep, another kube-system and a restore reach an open page', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [
    begin(),
    upsert('a', { json: phase('Running') }),
    upsert('b', { json: phase('Running') }),
    end(2),
  ]);
  await platform.control.checkpoint();
  const page = await follow(agent.cluster);
  const total = (wanted: number) => (state: Record<string, unknown>) => pods(state).startsWith(`{"total":${wanted},`);
  await page.until(total(2));
  await agent.mustSend(1, 2, [begin(), upsert('a', { json: phase('Running') }), end(1)]);
  await page.until(total(1));
  await platform.control.restore();
  await page.until(total(2));
  await agent.mustOpen({ clusterUid: 'another' });
  await page.until(total(0));
  expect(page.messages.filter(({ full }) => full)).toHaveLength(1);
  page.close();
});

test('faults and refusals of a cluster are among its events', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.send({ epoch: 9, seq: 1 });
  await platform.control.addFault({
    on: 'batch',
    cluster: agent.cluster,
    times: 1,
    action: { type: 'status', status: 503 },
  });
  await agent.send({ epoch: 1, seq: 1 });
  const page = await follow(agent.cluster);
  await page.until((state) => 'events' in state);
  const events = page.rows('events') as unknown as { kind: string; text: string }[];
  expect(events.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'fault: status on batch',
    'refused: UNKNOWN_EPOCH: no session has epoch 9',
    'session: session 1 opened by agent-a: 0 feeds resume, 2 start with a snapshot',
  ]);
  page.close();
});

test('the page is files of this server only, and may run nothing else', async () => {
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/?cluster=x', 'text/html'],
    ['/page.css', 'text/css'],
    ['/page.js', 'text/javascript'],
    ['/sections/feeds.js', 'text/javascript'],
  ] as const) {
    const response = await fetch(new URL(path, platform.url));
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await response.text()).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  }
});

test('pages that open at once share one look at the store, and each gets everything once', async () => {
  const gate = Promise.withResolvers<void>();
  let looks = 0;
  const store = {
    feeds: async () => {
      looks += 1;
      await gate.promise;
      return [];
    },
    clusters: async () => [],
    reports: async () => [],
  };
  const clock = new ManualClock();
  const sources = { heartbeatMs: () => 15_000, notes: () => ['a note'], clock, onError: fail };
  const stream = new PageStream({ store: store as unknown as PlatformStore, ...sources });
  const handle = async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    stream.open('c1', response);
    response.flushHeaders();
  };
  const server = await startServer(handle, { port: 0, host: '127.0.0.1' });
  const pages = await Promise.all([followAt(server.url), followAt(server.url)]);
  await clock.advance(1_000);
  expect(looks).toBe(1);
  gate.resolve();
  await Promise.all(pages.map((page) => page.until((state) => 'faults' in state)));
  expect(pages.map(({ messages }) => messages.map(({ full }) => full))).toEqual([[true], [true]]);
  await stream.close();
  await server.close();
  expect(clock.pendingTimers).toBe(0);
});

function fail(error: unknown): never {
  throw error;
}
