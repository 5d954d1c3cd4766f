import { request } from 'node:http';
import { expect, test } from 'vitest';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const platform = usePlatform();

/** Asks for a path as it stands: `fetch` would make it another one. */
async function statusOf(path: string, method = 'GET'): Promise<number | undefined> {
  const { hostname, port } = new URL(platform.url);
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method }, (response) => {
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

test('a HEAD gets the head of the page, and figures are the same with and without a query', async () => {
  expect(await statusOf('/', 'HEAD')).toBe(200);
  expect(await statusOf('/metrics?x=y')).toBe(200);
});
