import { describe, expect, it } from 'vitest';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import type { ListRequest } from '@castai/shared/kube/kube-stream.ts';
import { must } from '@castai/shared/errors.ts';
import { allFeeds } from '../feeds/feeds.ts';
import { readFeed } from './read-feed.ts';

const NODES = must(
  allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true }).find(({ name }) => name === 'nodes'),
  'there is a feed of nodes',
);

type Answer = KubeError | { readonly names: readonly string[]; readonly next?: string; readonly breaksOff?: KubeError };

/** Reads what a list of answers gives. */
async function read(answers: readonly Answer[]) {
  let sleptMs = 0;
  const asked: string[] = [];
  const source = {
    listPage: ({ continueToken = '' }: ListRequest): Promise<ListPage> => {
      asked.push(continueToken);
      const answer = must(answers[asked.length - 1], 'nobody asks again');
      return answer instanceof KubeError ? Promise.reject(answer) : Promise.resolve(pageOf(answer));
    },
  };
  const scrub = {
    scrubber:
      () =>
      ({ metadata }: { metadata: { name: string } }) => ({ name: metadata.name }),
    version: () => 1,
  };
  const sleeping = { now: () => 0, sleep: (ms: number) => Promise.resolve(void (sleptMs += ms)) };
  const bodies: string[] = [];
  const options = { source, spec: NODES, version: 'v1', scrub, pageSize: 2, clock: sleeping };
  let failure = '';
  try {
    for await (const { upsert } of readFeed(options, new AbortController().signal))
      bodies.push(Buffer.from(upsert.body).toString());
  } catch (error) {
    failure = error instanceof KubeError ? error.code : String(error);
  }
  return { asked, bodies, failure, sleptMs };
}

function pageOf({ names, next = '', breaksOff }: Exclude<Answer, KubeError>): ListPage {
  const metadata = {
    kind: 'NodeList',
    apiVersion: 'v1',
    resourceVersion: '9',
    continueToken: next,
    remainingItemCount: undefined,
  };
  return {
    metadata,
    items: (async function* () {
      for (const name of names) yield [jsonItem({ metadata: { name, uid: name, resourceVersion: '1' } })];
      await Promise.resolve();
      if (breaksOff !== undefined) throw breaksOff;
    })(),
    end: () => metadata,
  };
}

const BUSY = new KubeError('KUBE_THROTTLED', 'busy', { retryAfterMs: 7000 });
const EXPIRED = new KubeError('KUBE_EXPIRED', 'too old', { continueToken: 'newer' });

describe('reading a feed for a dump', () => {
  it('reads every page', async () => {
    expect(await read([{ names: ['a', 'b'], next: 'x' }, { names: ['c'] }])).toMatchObject({
      asked: ['', 'x'],
      bodies: ['{"name":"a"}', '{"name":"b"}', '{"name":"c"}'],
      failure: '',
    });
  });

  it('asks again when the server says so, and gives up after five attempts', async () => {
    expect(await read([BUSY, { names: ['a'] }])).toMatchObject({
      bodies: ['{"name":"a"}'],
      failure: '',
      sleptMs: 7000,
    });
    expect(await read([BUSY, BUSY, BUSY, BUSY, BUSY])).toMatchObject({ failure: 'KUBE_THROTTLED', sleptMs: 28_000 });
    const hours = new KubeError('KUBE_THROTTLED', 'busy', { retryAfterMs: 600_000 });
    expect(await read([hours])).toMatchObject({ failure: 'KUBE_THROTTLED', sleptMs: 0 });
  });

  it('goes on at the moment that an expired token is exchanged for', async () => {
    expect(await read([{ names: ['a'], next: 'old' }, EXPIRED, { names: ['b'] }])).toMatchObject({
      asked: ['', 'old', 'newer'],
      bodies: ['{"name":"a"}', '{"name":"b"}'],
      failure: '',
    });
  });

  it('gives no object twice: a page that breaks off ends the feed', async () => {
    const breaksOff = new KubeError('KUBE_STREAM_BROKEN', 'gone');
    expect(await read([{ names: ['a'], breaksOff }])).toMatchObject({
      bodies: ['{"name":"a"}'],
      failure: 'KUBE_STREAM_BROKEN',
    });
    expect(await read([{ names: [], breaksOff }, { names: ['a'] }])).toMatchObject({
      bodies: ['{"name":"a"}'],
      failure: '',
    });
    expect(await read([new KubeError('KUBE_FORBIDDEN', 'no')])).toMatchObject({ failure: 'KUBE_FORBIDDEN' });
  });
});
