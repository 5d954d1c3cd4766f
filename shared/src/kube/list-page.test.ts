import { expect, test } from 'vitest';
import { ListDecoder } from './json/list-decoder.ts';
import { StreamedPage } from './list-page.ts';

async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer, void, void> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

test('the items of a page come as many as a chunk completes, and nothing comes for a chunk that completes none', async () => {
  const chunks = chunksOf(
    '{"kind":"PodList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}},{"meta',
    'data":{"na',
    'me":"c"}}]}',
  );
  const page = new StreamedPage(chunks, new ListDecoder());
  await page.begin();
  const names: string[][] = [];
  for await (const items of page.items) names.push(items.map(({ metadata }) => metadata.name));
  expect(names).toEqual([['a', 'b'], ['c']]);
  expect(page.end().resourceVersion).toBe('9');
});
