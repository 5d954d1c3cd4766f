import type { Clock } from '@castai/shared/async/clock.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { uidOf } from '@castai/shared/kube/kube-item.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { PageTrail } from '@castai/shared/kube/page-trail.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import { UnreadableObjects } from '@castai/shared/watch/unreadable-objects.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { giveBackBody } from '../feeds/body-slab.ts';
import { type FeedSpec, listedKind, listPath } from '../feeds/feeds.ts';
import type { FeedReader } from '../feeds/feed-reader.ts';
import { keepScrubbed } from '../feeds/keep-scrubbed.ts';
import type { LintPolicy } from '../lint/lint-policy.ts';
import type { ScrubPolicy } from '../feeds/scrub-policy.ts';

/** One object as it would go to the platform. */
export interface DumpedObject {
  /** The entry of a batch that would tell it. Its body is valid until the next object is asked for. */
  readonly upsert: Upsert;
  /** As it was read: all of it, or in protobuf what may leave; undefined for one that cannot be read, of which only the identity would be told. */
  readonly object?: KubeObject;
  /** How many the list still has behind this page, by the server's estimate; 0 where it does not say. */
  readonly behind: number;
}

/** What a feed is read with. */
export interface ReadFeedOptions {
  readonly source: Pick<FeedSource, 'listPage' | 'distrust'>;
  readonly spec: FeedSpec;
  readonly version: string;
  readonly scrub: ScrubPolicy;
  /** Left out: nothing is judged. */
  readonly lint?: LintPolicy | undefined;
  /** In what objects are read, as by the agent. Left out: as JSON, which shows what stays as well. */
  readonly reader?: FeedReader | undefined;
  readonly pageSize: number;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'sleep'>;
}

/** What an API server that is busy or has just been replaced answers, and what is to be read again because of an object: worth another attempt. */
const PASSING: ReadonlySet<string> = new Set([
  'KUBE_THROTTLED',
  'KUBE_SERVER_ERROR',
  'KUBE_STREAM_BROKEN',
  'KUBE_FRAME_TOO_LARGE',
]);
/** What ends an answer that had begun, and is said while a server is replaced. Said to the first question it means that nobody is there. */
const CUT: ReadonlySet<string> = new Set(['KUBE_UNREACHABLE', 'KUBE_WATCHDOG']);
/** In a row of which none gave anything. */
const ATTEMPTS = 5;
const PAUSE_MS = 1000;
/** Somebody waits for it: whoever is told to stay away longer hears that instead. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Every object of a feed, one after another and each as what leaves of it: what the agent's snapshot keeps, by the same functions, so that what cannot
 * be read costs itself alone, and what does not come through as protobuf is read as JSON. Reads on as it is asked, so that memory does not grow with
 * the list. Throws the `KubeError` with which the list broke off. A list that outlives its token goes on at a newer moment, as in a dump that takes a
 * while no two kinds are of one moment anyway.
 */
export async function* readFeed(
  options: ReadFeedOptions,
  signal: AbortSignal,
): AsyncGenerator<DumpedObject, void, void> {
  const read = pagesOf(options, signal);
  const page: Page = { continueToken: '', given: new Set(), isAnswered: false };
  const trail = new PageTrail();
  let attempt = 1;
  for (;;) {
    const before = page.given.size;
    try {
      page.continueToken = yield* read(page);
    } catch (error) {
      signal.throwIfAborted();
      if (page.given.size > before) attempt = 1;
      const again = attempt < ATTEMPTS ? anotherAttempt(error, page) : undefined;
      if (again === undefined) throw error;
      attempt += 1;
      page.continueToken = again.continueToken ?? page.continueToken;
      await options.clock.sleep(again.pauseMs, signal);
      continue;
    }
    if (page.continueToken === '') return;
    const [first = ''] = page.given;
    trail.goOn(first, page.continueToken);
    page.given.clear();
    attempt = 1;
  }
}

/** The page under way. */
interface Page {
  continueToken: string;
  /** Uids of what it gave: it may have to be read again, and gives nothing twice. */
  readonly given: Set<string>;
  /** Whether it, or one before it, began to come. */
  isAnswered: boolean;
}

/** Reads a page, and returns the token of the next one. */
function pagesOf(
  options: ReadFeedOptions,
  signal: AbortSignal,
): (page: Page) => AsyncGenerator<DumpedObject, string, void> {
  const { source, spec, version, pageSize, clock } = options;
  const path = listPath(spec, version);
  const reader = options.reader?.(spec, version);
  const request = { path, kind: listedKind(spec), fieldSelector: spec.fieldSelector, limit: pageSize, reader };
  const scrubbed = keepScrubbed({
    feedId: 0,
    scrub: options.scrub.scrubber(spec),
    scrubProtobuf: options.scrub.protobufScrubber?.(spec),
    judge: options.lint?.judge(spec),
    clock,
  });
  const unreadable = new UnreadableObjects(scrubbed, {
    onLeftOut: () => undefined,
    onDistrusted: () => source.distrust?.(path),
    clock,
  });
  const keepAny = scrubbed.keepSnapshot();

  return async function* read(page) {
    const { continueToken, given } = page;
    const earlier = new Set(given);
    const { onUnreadable, keep, settle } = unreadable.page(keepAny);
    const answer = await source.listPage({ ...request, continueToken, onUnreadable }, signal);
    page.isAnswered = true;
    const behind = (): number => answer.metadata?.remainingItemCount ?? 0;
    const leftOut = function* (): Generator<DumpedObject, void, void> {
      for (const { uid, kept: upsert } of settle()) {
        if (earlier.has(uid)) continue;
        given.add(uid);
        yield { upsert, behind: behind() };
      }
    };
    for await (const items of answer.items) {
      for (const item of items) {
        if (earlier.has(uidOf(item.metadata))) continue;
        const upsert = keep(item);
        if (upsert === undefined) continue;
        given.add(upsert.uid);
        yield { upsert, object: item.object, behind: behind() };
        giveBackBody(upsert.body);
      }
      yield* leftOut();
    }
    yield* leftOut();
    return answer.end().continueToken;
  };
}

/** When and from where the page is asked for again; undefined: that would bring nothing. */
function anotherAttempt(
  error: unknown,
  { isAnswered }: Page,
): { readonly pauseMs: number; readonly continueToken?: string } | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const { code, continueToken, retryAfterMs: pauseMs = PAUSE_MS } = error;
  if (code === 'KUBE_EXPIRED' && continueToken !== undefined) return { pauseMs: 0, continueToken };
  const isPassing = PASSING.has(code) || (isAnswered && CUT.has(code));
  return isPassing && pauseMs <= LONGEST_PAUSE_MS ? { pauseMs } : undefined;
}
