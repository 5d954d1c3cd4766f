import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Cluster } from '../../cluster/cluster.ts';
import { DEFAULT_FEEDS } from '../../judges/compare-pictures.ts';
import { listFeed } from '../../judges/list-feed.ts';

/**
 * Bytes of the wire that this one is compared with: one gzip -6 stream of every object as JSON with only `managedFields` removed,
 * which is how the existing agent sends its snapshot.
 */
export async function gzippedLists(cluster: Pick<Cluster, 'request'>): Promise<number> {
  let bytes = 0;
  const gzip = createGzip({ level: 6 });
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  gzip.pipe(sink);
  for (const feed of DEFAULT_FEEDS.filter(({ mode }) => mode === 'watch')) {
    const list = await listFeed(cluster, feed);
    if (list.is !== 'served') continue;
    for await (const item of list.items) {
      const { managedFields: _, ...metadata } = item.metadata ?? {};
      const isFull = !gzip.write(`${JSON.stringify({ ...item, metadata })}\n`);
      if (isFull) await new Promise((resolve) => gzip.once('drain', resolve));
    }
  }
  gzip.end();
  await finished(sink);
  return bytes;
}
