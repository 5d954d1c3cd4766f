import type { ServerResponse } from 'node:http';
import { systemClock } from '@castai/shared/async/clock.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunningServer } from '../front/server.ts';
import { createPlatform } from '../platform.ts';
import { servePlatform } from '../serve-platform.ts';
import { parseEndpoints } from './parse-endpoints.ts';

const FILE = {
  endpoints: [{ id: 'file', url: 'https://hooks.example/canary-file', format: 'slack' }],
  page: { allowHttp: true, allowNetworks: ['127.0.0.1'] },
};
let receiver: RecordingServer;
let running: RunningServer | undefined;
let errors: unknown[];
beforeEach(async () => {
  errors = [];
  receiver = await RecordingServer.start();
  receiver.react = (_, response) => response.writeHead(204).end();
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  await receiver[Symbol.asyncDispose]();
  if (errors.length > 0) throw new AggregateError(errors, 'the platform failed');
});

async function start(mayChangeEndpoints: boolean, file: object = FILE): Promise<void> {
  const notify = parseEndpoints(JSON.stringify(file), () => '');
  const onError = (error: unknown): void => void errors.push(error);
  const made = await createPlatform({ clock: systemClock, onError, notify, mayChangeEndpoints });
  const handle: Parameters<typeof servePlatform>[1] = (request, response) => made.front.handle(request, response);
  running = await servePlatform(made, handle, { port: 0, host: '127.0.0.1' });
}
async function call(method: string, path: string, body?: unknown, headers = {}): Promise<[number, unknown]> {
  const sent = { 'content-type': 'application/json', ...headers };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(new URL(path, running?.url), { method, headers: sent, ...(text && { body: text }) });
  return [answer.status, await answer.json()];
}
const chat = (): object => ({ id: 'chat', url: new URL('/canary-path', receiver.url).href, format: 'slack' });
async function shown(): Promise<unknown> {
  const [, view] = await call('GET', '/_page/notifications');
  expect(JSON.stringify(view)).not.toContain('canary');
  return view;
}

test('an endpoint that is removed while it is tried is gone, and nothing is remembered of it', async () => {
  await start(true);
  const open: ServerResponse[] = [];
  receiver.react = (_, response) => open.push(response);
  expect(await call('POST', '/endpoints', chat())).toEqual([201, { id: 'chat' }]);
  const tried = call('POST', '/endpoints/chat/test');
  await eventually({ what: 'it is on its way', look: () => open.length, until: (count) => count > 0 });
  expect(await call('DELETE', '/endpoints/chat')).toEqual([200, {}]);
  expect(await tried).toEqual([200, { delivered: false, result: 'the endpoint was changed meanwhile' }]);
  expect(await call('POST', '/endpoints', chat())).toEqual([201, { id: 'chat' }]);
  expect(await shown()).toMatchObject({
    endpoints: [{ key: 'file' }, { key: 'chat', delivered: 0, failed: 0, attempts: [] }],
  });
});

test('an endpoint is made, tried, switched off, let go on, changed and removed', async () => {
  await start(true);
  expect(await call('POST', '/endpoints', chat())).toEqual([201, { id: 'chat' }]);
  expect(await call('POST', '/endpoints/chat/test')).toEqual([200, { delivered: true, result: 'taken with 204' }]);
  expect(await call('POST', '/endpoints/chat/disable')).toEqual([200, {}]);
  expect(await shown()).toMatchObject({
    endpoints: [
      { key: 'file', isOfPage: false, ended: '' },
      { key: 'chat', isOfPage: true, ended: 'switched off on the page', delivered: 2 },
    ],
    choices: { formats: ['standard', 'alertmanager', 'slack', 'template'] },
  });
  expect(await call('POST', '/endpoints/chat/reopen')).toEqual([200, {}]);
  expect(await call('PUT', '/endpoints/chat', { format: 'slack', kinds: ['agent'] })).toEqual([200, {}]);
  expect(await shown()).toMatchObject({ endpoints: [{}, { key: 'chat', ended: '', kinds: ['agent'] }] });
  expect(await call('POST', '/endpoints/chat/test')).toMatchObject([200, { delivered: true }]);
  expect(receiver.requests.map(({ url }) => url)).toEqual(Array.from({ length: 4 }, () => '/canary-path'));
  expect(await call('DELETE', '/endpoints/chat')).toEqual([200, {}]);
  expect(await shown()).toMatchObject({ endpoints: [{ key: 'file' }] });
  const metrics = await (await fetch(new URL('/metrics', running?.url))).text();
  expect(metrics).toContain('endpoint="file"');
  expect(metrics).not.toContain('endpoint="chat"');
});

test('one of the file may be switched off, and is neither changed nor removed', async () => {
  await start(true);
  expect(await call('POST', '/endpoints/file/disable')).toEqual([200, {}]);
  expect(await call('PUT', '/endpoints/file', chat())).toMatchObject([404, { code: 'NOT_FOUND' }]);
  expect(await call('DELETE', '/endpoints/file')).toMatchObject([404, {}]);
  expect(await call('POST', '/endpoints', { ...chat(), id: 'file' })).toMatchObject([400, { code: 'INVALID_REQUEST' }]);
});

test('unless it is allowed nothing is changed, and nobody is offered to', async () => {
  await start(false);
  for (const [method, path] of [
    ['POST', '/endpoints'],
    ['PUT', '/endpoints/file'],
    ['DELETE', '/endpoints/file'],
    ['POST', '/endpoints/file/disable'],
  ] as const) {
    expect([path, await call(method, path, method === 'DELETE' ? undefined : chat())]).toMatchObject([path, [403, {}]]);
  }
  expect(await shown()).toMatchObject({ endpoints: [{ key: 'file', ended: '' }] });
  expect(await shown()).not.toHaveProperty('choices');
});

test('a page of elsewhere changes nothing, nor does a form', async () => {
  await start(true);
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    expect([headers, await call('POST', '/endpoints', chat(), headers)]).toMatchObject([headers, [403, {}]]);
    expect(await call('DELETE', '/endpoints/file', undefined, headers)).toMatchObject([403, {}]);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    expect(await call('POST', '/endpoints', chat(), { 'content-type': type })).toMatchObject([415, {}]);
  }
  expect(await shown()).toMatchObject({ endpoints: [{ key: 'file' }] });
});

test('what cannot be used is refused in words that show nothing', async () => {
  await start(true);
  const [status, answer] = await call('POST', '/endpoints', { ...chat(), secrets: ['whsec_canary'], template: {} });
  expect(status).toBe(400);
  expect(answer).toMatchObject({ message: expect.stringContaining('template is for the format template') as string });
  expect(JSON.stringify(answer)).not.toContain('canary');
  expect(await call('POST', '/endpoints', [])).toMatchObject([400, {}]);
  expect(await call('POST', '/endpoints', { ...chat(), template: 'x'.repeat(70_000) })).toMatchObject([413, {}]);
  expect(await call('PATCH', '/endpoints/file', {})).toMatchObject([405, {}]);
});

test('without exceptions it leads nowhere inside', async () => {
  await start(true, {});
  expect(await call('POST', '/endpoints', { id: 'in', url: 'https://127.0.0.1:1/', format: 'slack' })).toMatchObject([
    400,
    { message: expect.stringContaining('this machine') as string },
  ]);
  // A name is looked up when it is sent to.
  expect(await call('POST', '/endpoints', { id: 'in', url: 'https://localhost:1/', format: 'slack' })).toMatchObject([
    201,
    {},
  ]);
  const [, outcome] = await call('POST', '/endpoints/in/test');
  expect(outcome).toMatchObject({ delivered: false, result: expect.stringContaining('this machine') as string });
});
