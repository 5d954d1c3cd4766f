import { readFile } from 'node:fs/promises';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { listPath } from '@castai/agent/feeds/feeds.ts';
import { Agent, request } from 'undici';
import type { Cluster } from '../../cluster/cluster.ts';
import { DEFAULT_FEEDS } from '../../judges/compare-pictures.ts';

/** The floor: what reading alone costs. */
export interface Floor {
  readonly seconds: number;
  readonly bytes: number;
}

/** The continue token stands in the list's metadata, at the head of the page or at its end. */
const CONTINUE = /"continue":"(?<token>[^"]*)"/u;
const KEPT_BYTES = 4_096;

/** Reads the pages that an agent reads, in the same size, one after the other on one connection, and throws them away. */
export async function readAndDiscard(cluster: Pick<Cluster, 'url' | 'caFile' | 'adminToken'>): Promise<Floor> {
  const ca = await readFile(cluster.caFile, 'utf8');
  const dispatcher = new Agent({ allowH2: false, connections: 1, connect: { ca } });
  let bytes = 0;
  const startedAtMs = performance.now();
  for (const feed of DEFAULT_FEEDS.filter(({ mode }) => mode === 'watch')) {
    for (let token: string | undefined = ''; token !== undefined;) {
      const query = new URLSearchParams({ limit: AGENT_OPTIONS.pageSize.default });
      if (token !== '') query.set('continue', token);
      if (feed.fieldSelector !== '') query.set('fieldSelector', feed.fieldSelector);
      const { body } = await request(new URL(`${listPath(feed, feed.versions[0])}?${query.toString()}`, cluster.url), {
        dispatcher,
        headers: { authorization: `Bearer ${cluster.adminToken}`, accept: 'application/json' },
      });
      let head = '';
      let tail = '';
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (head.length < KEPT_BYTES) head += chunk.toString('latin1', 0, KEPT_BYTES);
        tail = chunk.toString('latin1', Math.max(0, chunk.length - KEPT_BYTES));
      }
      token = (CONTINUE.exec(head) ?? CONTINUE.exec(tail))?.groups?.['token'];
      if (token === '') token = undefined;
    }
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  await dispatcher.close();
  return { seconds, bytes };
}
