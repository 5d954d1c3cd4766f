import { describe, expect, it } from 'vitest';
import { unreadable } from '../../testing/scripted-feed-source.ts';
import { KubeError, type KubeErrorCode } from '../kube/kube-error.ts';
import { jsonItem, type KubeItem } from '../kube/kube-item.ts';
import type { ListRequest, WatchRequest } from '../kube/kube-stream.ts';
import type { ListPage } from '../kube/list-page.ts';
import { objectReader } from '../kube/protobuf/object-reader.ts';
import type { WatchEvent } from '../kube/watch-events.ts';
import type { FeedSource } from './feed-source.ts';
import { FormSource } from './form-source.ts';

const NO_SIGNAL = new AbortController().signal;
const reader = objectReader({ group: '', version: 'v1', kind: 'Pod' });
const LIST: ListRequest = { path: '/api/v1/pods', limit: 5, reader, onUnreadable: () => {} };
const WATCH: WatchRequest = {
  path: '/api/v1/pods',
  resourceVersion: '5',
  timeoutSeconds: 9,
  idleMs: 9,
  reader,
  onUnreadable: () => {},
};

/** What an answer in one form does: it is refused, brings objects, and ends well or by an error; `!`: an object cannot be read. */
interface Answer {
  readonly refusal?: KubeError;
  readonly items?: readonly string[];
  readonly error?: KubeError;
}

/** Answers each request by the first of what is left for its form; well and empty when nothing is left. */
class TwoForms implements FeedSource {
  readonly asked: string[] = [];
  readonly protobuf: Answer[] = [];
  readonly json: Answer[] = [];

  async listPage({ reader: asks, onUnreadable = () => {} }: ListRequest): Promise<ListPage> {
    const answer = this.#answer('list', asks !== undefined);
    if (answer.refusal !== undefined) throw answer.refusal;
    const metadata = {
      kind: 'PodList',
      apiVersion: 'v1',
      resourceVersion: '7',
      continueToken: '',
      remainingItemCount: undefined,
    };
    return Promise.resolve({ metadata, items: itemsOf(answer, onUnreadable), end: () => metadata });
  }

  async *watch({ reader: asks, onUnreadable = () => {} }: WatchRequest): AsyncGenerator<WatchEvent[]> {
    const answer = this.#answer('watch', asks !== undefined);
    if (answer.refusal !== undefined) throw answer.refusal;
    for await (const items of itemsOf(answer, onUnreadable)) yield items.map((item) => ({ type: 'ADDED', ...item }));
  }

  #answer(verb: string, isProtobuf: boolean): Answer {
    this.asked.push(`${verb} ${isProtobuf ? 'protobuf' : 'json'}`);
    return (isProtobuf ? this.protobuf : this.json).shift() ?? {};
  }
}

async function* itemsOf(
  { items = [], error }: Answer,
  onUnreadable: NonNullable<ListRequest['onUnreadable']>,
): AsyncGenerator<KubeItem[]> {
  for (const name of items) {
    if (name.startsWith('!')) onUnreadable({ ...unreadable(name.slice(1), '5'), reason: reasonOf(name) });
    else yield await Promise.resolve([jsonItem({ metadata: { name, uid: name, resourceVersion: '6' } })]);
  }
  if (error !== undefined) throw error;
}

const reasonOf = (name: string): 'TOO_LARGE' | 'NOT_PROTOBUF' => (name === '!large' ? 'TOO_LARGE' : 'NOT_PROTOBUF');

function start() {
  const forms = new TwoForms();
  const given: string[] = [];
  const source = new FormSource(forms, ({ path, why }) => given.push(`${path} ${why}`));
  const list = async (request = LIST): Promise<string[] | string> => {
    try {
      const names: string[] = [];
      const page = await source.listPage(request, NO_SIGNAL);
      for await (const items of page.items) names.push(...items.map(({ metadata }) => metadata.name));
      return [...names, page.end().resourceVersion];
    } catch (error) {
      return (error as KubeError).code;
    }
  };
  const watch = async (request = WATCH): Promise<string[]> => {
    const names: string[] = [];
    try {
      for await (const events of source.watch(request, NO_SIGNAL))
        names.push(...events.map((event) => ('metadata' in event ? event.metadata.name : '')));
    } catch (error) {
      names.push((error as KubeError).code);
    }
    return names;
  };
  return { forms, given, source, list, watch };
}

const failed = (code: KubeErrorCode, status?: number): KubeError => new KubeError(code, 'in words', { status });

/** What may be an answer to the form alone. */
const ABOUT_THE_FORM: readonly KubeError[] = [
  failed('KUBE_NOT_ACCEPTABLE', 406),
  failed('KUBE_BAD_REQUEST'),
  failed('KUBE_STREAM_BROKEN'),
  failed('KUBE_FRAME_TOO_LARGE'),
  failed('KUBE_SERVER_ERROR', 403),
];
/** What is one to the question, in whatever form it is put. */
const ABOUT_THE_QUESTION: readonly KubeError[] = [
  failed('KUBE_FORBIDDEN', 403),
  failed('KUBE_UNAUTHORIZED'),
  failed('KUBE_NOT_FOUND'),
  failed('KUBE_METHOD_NOT_ALLOWED'),
  failed('KUBE_EXPIRED'),
  failed('KUBE_THROTTLED'),
  failed('KUBE_SERVER_ERROR', 503),
  failed('KUBE_SERVER_ERROR'),
  failed('KUBE_UNREACHABLE'),
  failed('KUBE_WATCHDOG'),
];

describe('protobuf that is refused', () => {
  it.each(ABOUT_THE_FORM)(
    'is asked for as JSON at once, and never again where that is answered: $code',
    async (error) => {
      const { forms, given, list, watch } = start();
      forms.protobuf.push({ refusal: error });
      forms.json.push({ items: ['a'] });
      expect(await list()).toEqual(['a', '7']);
      expect(given).toEqual(['/api/v1/pods refused']);
      await list();
      await watch();
      expect(forms.asked).toEqual(['list protobuf', 'list json', 'list json', 'watch json']);
      expect(given).toHaveLength(1);
    },
  );

  it.each(ABOUT_THE_FORM)('is the same in a watch: $code', async (error) => {
    const { forms, given, watch } = start();
    forms.protobuf.push({ refusal: error });
    forms.json.push({ items: ['a', 'b'] });
    expect(await watch()).toEqual(['a', 'b']);
    expect(given).toEqual(['/api/v1/pods refused']);
    await watch();
    expect(forms.asked).toEqual(['watch protobuf', 'watch json', 'watch json']);
  });

  it.each(ABOUT_THE_QUESTION)('is asked for again where the question was refused: $code', async (error) => {
    const { forms, given, list, watch } = start();
    forms.protobuf.push({ refusal: error }, { refusal: error }, { items: ['a'] });
    expect(await list()).toBe(error.code);
    expect(await watch()).toEqual([error.code]);
    expect(await list()).toEqual(['a', '7']);
    expect(forms.asked).toEqual(['list protobuf', 'watch protobuf', 'list protobuf']);
    expect(given).toEqual([]);
  });

  it('is asked for again where JSON is refused as well, and what JSON was told counts', async () => {
    const { forms, given, list, watch } = start();
    const refusal = failed('KUBE_BAD_REQUEST');
    forms.protobuf.push({ refusal }, { refusal });
    forms.json.push({ refusal: failed('KUBE_FORBIDDEN', 403) }, { refusal: failed('KUBE_EXPIRED') });
    expect(await list()).toBe('KUBE_FORBIDDEN');
    expect(await watch()).toEqual(['KUBE_EXPIRED']);
    await list();
    expect(forms.asked.at(-1)).toBe('list protobuf');
    expect(given).toEqual([]);
  });

  it('costs its own collection alone', async () => {
    const { forms, given, list } = start();
    forms.protobuf.push({ refusal: failed('KUBE_NOT_ACCEPTABLE') });
    await list();
    await list({ ...LIST, path: '/api/v1/nodes' });
    expect(forms.asked.at(-1)).toBe('list protobuf');
    expect(given).toEqual(['/api/v1/pods refused']);
  });
});

describe('protobuf that does not come through', () => {
  const broken: Answer = { items: ['a'], error: failed('KUBE_STREAM_BROKEN') };
  const cut: Answer = { items: ['a'], error: failed('KUBE_UNREACHABLE') };

  it('is given up when lists and watches break off twice in a row', async () => {
    const { forms, given, list, watch } = start();
    forms.protobuf.push(broken, {}, broken, broken);
    expect(await list()).toBe('KUBE_STREAM_BROKEN');
    // Read to its end: what was before does not count any more.
    await watch();
    await list();
    expect(given).toEqual([]);
    expect(await watch()).toEqual(['a', 'KUBE_STREAM_BROKEN']);
    expect(given).toEqual(['/api/v1/pods broken']);
    await list();
    expect(forms.asked.at(-1)).toBe('list json');
  });

  it('is given up when the connection breaks in the middle of three lists in a row', async () => {
    const { forms, given, list } = start();
    forms.protobuf.push(cut, cut, {}, cut, cut, cut);
    for (let round = 0; round < 5; round += 1) await list();
    expect(given).toEqual([]);
    await list();
    expect(given).toEqual(['/api/v1/pods cut']);
  });

  it('is not given up for watches whose connection breaks', async () => {
    const { forms, given, watch } = start();
    forms.protobuf.push(cut, cut, cut, cut);
    for (let round = 0; round < 4; round += 1) await watch();
    expect(given).toEqual([]);
  });
});

describe('an object that cannot be read in protobuf', () => {
  it.each(['list', 'watch'] as const)(
    'makes its collection be read as JSON, before anybody is told: %s',
    async (verb) => {
      const { forms, given, list, watch } = start();
      forms.protobuf.push({ items: ['a', '!b'] });
      const onUnreadable = (): void => {
        expect(given).toEqual(['/api/v1/pods unreadable']);
        throw failed('KUBE_STREAM_BROKEN');
      };
      if (verb === 'list') expect(await list({ ...LIST, onUnreadable })).toBe('KUBE_STREAM_BROKEN');
      else expect(await watch({ ...WATCH, onUnreadable })).toEqual(['a', 'KUBE_STREAM_BROKEN']);
      await list();
      expect(forms.asked).toEqual([`${verb} protobuf`, 'list json']);
    },
  );

  it('is no reason where it is too large, which it is in JSON all the more', async () => {
    const { forms, given, list } = start();
    forms.protobuf.push({ items: ['!large'] });
    await list();
    expect(given).toEqual([]);
  });

  it('is none either before its first event: the watch ends with what it was told', async () => {
    const { forms, watch } = start();
    forms.protobuf.push({ items: ['!b'] });
    const onUnreadable = (): void => {
      throw failed('KUBE_STREAM_BROKEN');
    };
    expect(await watch({ ...WATCH, onUnreadable })).toEqual(['KUBE_STREAM_BROKEN']);
    expect(forms.asked).toEqual(['watch protobuf']);
  });
});

it('leaves a collection alone that is read as JSON anyway', async () => {
  const { forms, given, list, watch } = start();
  forms.json.push({ refusal: failed('KUBE_BAD_REQUEST') }, { items: ['a'] }, { items: ['b'] });
  expect(await list({ ...LIST, reader: undefined })).toBe('KUBE_BAD_REQUEST');
  expect(await list({ ...LIST, reader: undefined })).toEqual(['a', '7']);
  expect(await watch({ ...WATCH, reader: undefined })).toEqual(['b']);
  expect(forms.asked).toEqual(['list json', 'list json', 'watch json']);
  expect(given).toEqual([]);
});
