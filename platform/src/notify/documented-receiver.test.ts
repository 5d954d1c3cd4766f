/** What docs/notifications.md tells people to do, done. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseEndpoints } from './parse-endpoints.ts';
import { parseSigningSecret, signedHeaders } from './sign.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const document = readFileSync(fileURLToPath(new URL('../../../docs/notifications.md', import.meta.url)), 'utf8');
const block = (language: string): string => document.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

let folder = '';
let server: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-receiver-'));
  const code = block('js')
    .replace('process.env.SECRET', JSON.stringify(SECRET))
    .replace('createServer(async', 'export const server = createServer(async')
    .replace('console.log(', 'void (')
    .replace('8099', '0');
  const file = join(folder, 'receiver.mjs');
  writeFileSync(file, code);
  ({ server } = (await import(pathToFileURL(file).href)) as { server: Server });
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const BODY = '{"data":{"status":"firing","summary":"ü </script>"}}';
async function send(
  secrets: readonly string[],
  more: { ageSeconds?: number; body?: string; signature?: string } = {},
): Promise<number> {
  const { ageSeconds = 0, body = BODY, signature } = more;
  const timestampSeconds = Math.floor(Date.now() / 1000) - ageSeconds;
  const headers = signedHeaders({ id: 'm-1', timestampSeconds, body: BODY }, secrets.map(parseSigningSecret));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      ...headers,
      connection: 'close',
      ...(signature === undefined ? {} : { 'webhook-signature': signature }),
    },
    body,
  });
  return response.status;
}

test('the receiver takes what is ours, also while a secret is changed', async () => {
  expect([await send([SECRET]), await send([OTHER, SECRET])]).toEqual([204, 204]);
});

test('it takes nothing else', async () => {
  expect(await send([OTHER])).toBe(401);
  expect(await send([])).toBe(401);
  expect(await send([SECRET], { body: `${BODY} ` })).toBe(401);
  expect(await send([SECRET], { ageSeconds: 400 })).toBe(401);
  expect(await send([SECRET], { ageSeconds: -400 })).toBe(401);
  for (const signature of ['v1,', 'v1', `v1,${'\u00e9'.repeat(44)}`, ',', 'v2,x']) {
    expect(await send([SECRET], { signature })).toBe(401);
  }
});

test('the file of the example can be used', () => {
  const files: Record<string, string> = {
    'ops-secret': SECRET,
    'oncall-url': 'https://a.example/',
    'slack-url': 'https://b.example/',
    'pager-token': 'Token x',
  };
  const { endpoints } = parseEndpoints(block('json'), (path) => files[path] ?? '');
  expect(endpoints.map(({ id, form }) => [id, form.format])).toEqual([
    ['ops', 'standard'],
    ['oncall', 'alertmanager'],
    ['chat', 'slack'],
    ['pager', 'template'],
  ]);
});
