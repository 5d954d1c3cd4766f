import { readFile } from 'node:fs/promises';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { listPath } from '@castai/agent/feeds/feeds.ts';
import { ACCEPT_OBJECTS, ACCEPT_PROTOBUF, bodyFormatOf } from '@castai/shared/kube/content-negotiation.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { ProtobufListDecoder } from '@castai/shared/kube/protobuf/protobuf-list-decoder.ts';
import { Agent, request } from 'undici';
import type { Cluster } from '../../cluster/cluster.ts';
import { DEFAULT_FEEDS } from '../../judges/compare-pictures.ts';

/** The floor: what reading alone costs. */
export interface Floor {
  readonly seconds: number;
  readonly bytes: number;
}

/** In what the pages are asked for; what has no protobuf comes as JSON. */
export type PageForm = 'json' | 'protobuf';

type Feed = (typeof DEFAULT_FEEDS)[number];

/** The continue token stands in the list's metadata, at the head of the page or at its end. */
const CONTINUE = /"continue":"(?<token>[^"]*)"/u;
const KEPT_BYTES = 4_096;

/** Reads the pages that an agent reads, in the same size, one after the other on one connection, and throws them away. */
export async function readAndDiscard(
  cluster: Pick<Cluster, 'url' | 'caFile' | 'adminToken'>,
  form: PageForm = 'json',
): Promise<Floor> {
  const ca = await readFile(cluster.caFile, 'utf8');
  const dispatcher = new Agent({ allowH2: false, connections: 1, connect: { ca } });
  let bytes = 0;
  const startedAtMs = performance.now();
  for (const feed of DEFAULT_FEEDS.filter(({ mode }) => mode === 'watch')) {
    for (let token: string | undefined = ''; token !== undefined;) {
      const query = new URLSearchParams({ limit: AGENT_OPTIONS.pageSize.default });
      if (token !== '') query.set('continue', token);
      if (feed.fieldSelector !== '') query.set('fieldSelector', feed.fieldSelector);
      const { body, headers } = await request(
        new URL(`${listPath(feed, feed.versions[0])}?${query.toString()}`, cluster.url),
        {
          dispatcher,
          headers: {
            authorization: `Bearer ${cluster.adminToken}`,
            accept: form === 'json' ? ACCEPT_OBJECTS : ACCEPT_PROTOBUF,
          },
        },
      );
      const isProtobuf = bodyFormatOf(String(headers['content-type'])) === 'protobuf';
      const find = isProtobuf ? protobufToken(feed) : jsonToken();
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        find.look(chunk);
      }
      token = find.token() || undefined;
    }
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  await dispatcher.close();
  return { seconds, bytes };
}

/** Finds the token of the next page in the chunks of one; empty: it is the last. */
interface TokenFinder {
  look(chunk: Buffer): void;
  token(): string;
}

function jsonToken(): TokenFinder {
  let [head, tail] = ['', ''];
  return {
    look: (chunk) => {
      if (head.length < KEPT_BYTES) head += chunk.toString('latin1', 0, KEPT_BYTES);
      tail = chunk.toString('latin1', Math.max(0, chunk.length - KEPT_BYTES));
    },
    token: () => (CONTINUE.exec(head) ?? CONTINUE.exec(tail))?.groups?.['token'] ?? '',
  };
}

/** The metadata comes first there, so that nothing behind it has to be looked at. */
function protobufToken({ group, kind, versions }: Feed): TokenFinder {
  const reader = objectReader({ group, version: versions[0], kind, wanted: new Map() });
  if (reader === undefined) throw new Error(`${kind} came in protobuf, of which nothing is known`);
  const decoder = new ProtobufListDecoder(reader, { onUnreadable: () => {} });
  let found = decoder.metadata;
  return {
    look: (chunk) => {
      if (found !== undefined) return;
      decoder.push(chunk.subarray(0, KEPT_BYTES));
      found = decoder.metadata;
    },
    token: () => found?.continueToken ?? '',
  };
}
