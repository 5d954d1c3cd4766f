import { request } from 'node:http';
import { expect, test } from 'vitest';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const platform = usePlatform();

/** Asks for a path as it stands: `fetch` would make it another one. */
async function statusOf(
  path: string,
  method = 'GET',
  headers: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const { hostname, port } = new URL(platform.url);
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    });
    call.once('error', reject);
    call.end();
  });
}

test('what is no path is nowhere, and harms nothing', async () => {
  expect(await statusOf('//')).toBe(404);
  expect(await statusOf('http://[')).toBe(404);
  expect(await statusOf('/')).toBe(200);
});

test('under a name that is not ours nothing is answered that has no key of its own', async () => {
  const host = 'evil.example';
  const f = async (path: string, expected: number, method = 'GET'): Promise<void> =>
    expect([path, await statusOf(path, method, { host })]).toEqual([path, expected]);
  await f('/', 403);
  await f('/metrics', 403);
  await f('/_page/clusters', 403);
  await f('/clusters/c/actions', 403, 'POST');
  // Agents and cluster controllers reach a platform by whatever name it has for them; what they have to show is a key.
  await f('/v1/kubernetes/clusters/c/actions', 401);
  await f('/v1/kubernetes/clusters/c/actions/a/ack', 401, 'POST');
  await f('/v1/kubernetes/clusters/c/actions/logs', 401, 'POST');
  await f('/v1/kubernetes/external-clusters', 401, 'POST');
  await f('/v1/metrics/prom', 401);
});

test('a HEAD gets the head of the page, and figures are the same with and without a query', async () => {
  expect(await statusOf('/', 'HEAD')).toBe(200);
  expect(await statusOf('/metrics?x=y')).toBe(200);
});
