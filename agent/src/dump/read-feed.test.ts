import { describe, expect, it } from 'vitest';
import { jsonItem, type KubeItem, protobufItem } from '@castai/shared/kube/kube-item.ts';
import type { OnUnreadable } from '@castai/shared/kube/json/unreadable-object.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import type { ListRequest } from '@castai/shared/kube/kube-stream.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { must } from '@castai/shared/errors.ts';
import { unreadable } from '@castai/shared/testing/scripted-feed-source.ts';
import { FormSource } from '@castai/shared/watch/form-source.ts';
import { allFeeds } from '../feeds/feeds.ts';
import { readFeed } from './read-feed.ts';

const NODES = must(
  allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true }).find(({ name }) => name === 'nodes'),
  'there is a feed of nodes',
);

/** `name!` makes no sense in protobuf, `name!!` in no form, and nothing can be kept of `name?`, in whichever form it comes. */
type Answer = KubeError | { readonly names: readonly string[]; readonly next?: string; readonly breaksOff?: KubeError };

/** What of an object in protobuf there is besides its metadata: enough to be taken for one. */
const MESSAGE = { message: 'core.v1.Node', bytes: Buffer.from('') };

/** Reads what a list of answers gives; `forms`: in which form each was asked for. */
async function read(answers: readonly Answer[], encoding: 'auto' | 'json' = 'auto') {
  let sleptMs = 0;
  const asked: string[] = [];
  const forms: string[] = [];
  const kinds: (string | undefined)[] = [];
  const source = {
    listPage: ({ continueToken = '', kind, reader, onUnreadable = () => {} }: ListRequest): Promise<ListPage> => {
      asked.push(continueToken);
      kinds.push(kind);
      forms.push(reader === undefined ? 'json' : 'protobuf');
      const answer = must(answers[asked.length - 1], 'nobody asks again');
      return answer instanceof KubeError
        ? Promise.reject(answer)
        : Promise.resolve(pageOf(answer, reader !== undefined, onUnreadable));
    },
    watch: () => {
      throw new Error('nobody watches');
    },
  };
  const refuse = (name: string): void => {
    if (name.endsWith('?')) throw new Error('what is quoted here leaves nothing');
  };
  const scrub = {
    scrubber:
      () =>
      ({ metadata: { name } }: { metadata: { name: string } }) => {
        refuse(name);
        return { name };
      },
    protobufScrubber:
      () =>
      ({ metadata: { name }, protobuf }: KubeItem) => {
        if (protobuf === undefined) return undefined;
        if (name.endsWith('!')) throw new RangeError('a length that leads nowhere');
        refuse(name);
        return Buffer.from(JSON.stringify({ name }));
      },
    version: () => 1,
  };
  const clock = { now: () => 0, monotonicMs: () => 0, sleep: (ms: number) => Promise.resolve(void (sleptMs += ms)) };
  const bodies: string[] = [];
  const reader = encoding === 'auto' ? () => objectReader({ group: '', version: 'v1', kind: 'Node' }) : undefined;
  const givenUp: string[] = [];
  const forming = new FormSource(source, ({ why }) => givenUp.push(why));
  const options = { source: forming, spec: NODES, version: 'v1', scrub, reader, pageSize: 2, clock };
  let failure = '';
  try {
    for await (const { upsert } of readFeed(options, new AbortController().signal))
      bodies.push(Buffer.from(upsert.body).toString() || `${upsert.name} exists`);
  } catch (error) {
    failure = error instanceof KubeError ? error.code : String(error);
  }
  return { asked, forms, kinds, bodies, failure, sleptMs, givenUp };
}

function pageOf(
  { names, next = '', breaksOff }: Exclude<Answer, KubeError>,
  isProtobuf: boolean,
  onUnreadable: OnUnreadable,
): ListPage {
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
      for (const name of names) {
        const object = { metadata: { name, uid: name, resourceVersion: '1' } };
        if (name.endsWith('!!')) onUnreadable({ ...unreadable(name, '1'), namespace: '', uid: name });
        else yield [isProtobuf ? protobufItem(object, MESSAGE) : jsonItem(object)];
      }
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
      kinds: ['Node', 'Node'],
      bodies: ['{"name":"a"}', '{"name":"b"}', '{"name":"c"}'],
      failure: '',
    });
  });

  it('ends with pages that go round in a circle, and gives nothing without end', async () => {
    const page = { names: ['a', 'b'], next: 'x' };
    expect(await read([page, page, page])).toMatchObject({ asked: ['', 'x'], failure: 'KUBE_STREAM_BROKEN' });
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

  it('gives no object twice: of a page that broke off and is read again only what had not come', async () => {
    for (const code of ['KUBE_STREAM_BROKEN', 'KUBE_UNREACHABLE', 'KUBE_WATCHDOG'] as const) {
      const breaksOff = new KubeError(code, 'gone');
      const answers = [
        { names: ['a'], next: 'x' },
        { names: ['b'], breaksOff },
        { names: ['b', 'c'], breaksOff },
      ];
      expect({ code, ...(await read([...answers, { names: ['b', 'c', 'd'] }], 'json')) }).toMatchObject({
        code,
        asked: ['', 'x', 'x', 'x'],
        bodies: ['{"name":"a"}', '{"name":"b"}', '{"name":"c"}', '{"name":"d"}'],
        failure: '',
      });
    }
  });

  it('does so however often, as long as each attempt brings more, and while nobody answers in between', async () => {
    const breaksOff = new KubeError('KUBE_UNREACHABLE', 'gone');
    const names = ['a', 'b', 'c', 'd?', 'e!!', 'f', 'g'];
    const attempts = names.map((_, index) => ({ names: names.slice(0, index + 1), breaksOff }));
    const { bodies, failure } = await read([...attempts, breaksOff, breaksOff, { names }], 'json');
    const expected = names.map((name) => (/[!?]$/u.test(name) ? `${name} exists` : `{"name":"${name}"}`));
    expect(bodies.toSorted()).toEqual(expected.toSorted());
    expect(failure).toBe('');
  });

  it('ends with what ends it five times at the same place, and with what no other attempt changes', async () => {
    const breaksOff = new KubeError('KUBE_STREAM_BROKEN', 'gone');
    const again = { names: ['a'], breaksOff };
    expect(await read([again, again, again, again, again], 'json')).toMatchObject({
      bodies: ['{"name":"a"}'],
      failure: 'KUBE_STREAM_BROKEN',
      sleptMs: 4000,
    });
    for (const code of ['KUBE_FORBIDDEN', 'KUBE_UNREACHABLE'] as const)
      expect(await read([new KubeError(code, 'no')])).toMatchObject({ failure: code, sleptMs: 0 });
  });

  it('reads as JSON what protobuf does not bring, as the agent does, and gives nothing twice', async () => {
    const json = ['json', 'json'];
    const rest = [{ names: ['a', 'b!'], next: 'x' }, { names: ['c'] }];
    expect(await read([{ names: ['a', 'b!'], next: 'x' }, ...rest])).toMatchObject({
      asked: ['', '', 'x'],
      forms: ['protobuf', ...json],
      bodies: ['{"name":"a"}', '{"name":"b!"}', '{"name":"c"}'],
      failure: '',
      givenUp: ['unreadable'],
    });
    const breaksOff = new KubeError('KUBE_UNREACHABLE', 'reset');
    const cut = { names: ['a'], breaksOff };
    expect(await read([cut, cut, cut, { names: ['a', 'b'] }])).toMatchObject({
      forms: ['protobuf', 'protobuf', 'protobuf', 'json'],
      bodies: ['{"name":"a"}', '{"name":"b"}'],
      failure: '',
      givenUp: ['cut'],
    });
  });

  it('tells of what cannot be read, or of which nothing can be kept, that it exists, and goes on', async () => {
    const names = ['a', 'b?', 'c', 'd!!'];
    const expected = { bodies: ['{"name":"a"}', '{"name":"c"}', 'b? exists', 'd!! exists'].toSorted() };
    for (const encoding of ['auto', 'json'] as const) {
      const { bodies, failure } = await read([{ names }, { names }, { names }], encoding);
      expect({ encoding, failure, bodies: bodies.toSorted() }).toEqual({ encoding, failure: '', ...expected });
    }
  });
});
