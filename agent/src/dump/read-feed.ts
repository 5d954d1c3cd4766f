import type { Clock } from '@castai/shared/async/clock.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { giveBackBody } from '../feeds/body-slab.ts';
import { type FeedSpec, listPath } from '../feeds/feeds.ts';
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
  readonly source: Pick<FeedSource, 'listPage'>;
  readonly spec: FeedSpec;
  readonly version: string;
  readonly scrub: ScrubPolicy;
  /** Left out: nothing is judged. */
  readonly lint?: LintPolicy | undefined;
  /** In what objects are read, as by the agent. Left out: as JSON, which shows what stays as well. */
  readonly reader?: FeedReader | undefined;
  readonly pageSize: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

/** What an API server that is busy or has just been replaced answers: worth another attempt, for a page of which nothing was given yet. */
const PASSING: ReadonlySet<string> = new Set(['KUBE_THROTTLED', 'KUBE_SERVER_ERROR', 'KUBE_STREAM_BROKEN']);
const ATTEMPTS = 5;
const PAUSE_MS = 1000;
/** Somebody waits for it: whoever is told to stay away longer hears that instead. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Every object of a feed, one after another and each as what leaves of it: what the agent's snapshot keeps, by the same function. Reads on
 * as it is asked, so that memory does not grow with the list. Throws the `KubeError` with which the list broke off. A list that outlives
 * its token goes on at a newer moment, as in a dump that takes a while no two kinds are of one moment anyway.
 */
export async function* readFeed(
  options: ReadFeedOptions,
  signal: AbortSignal,
): AsyncGenerator<DumpedObject, void, void> {
  const { source, spec, version, reader, pageSize, clock } = options;
  const { keepSnapshot, keepUnreadable } = keeping(options);
  const keep = keepSnapshot();
  const common = { path: listPath(spec, version), fieldSelector: spec.fieldSelector, limit: pageSize };
  const request = { ...common, reader: reader?.(spec, version) };
  let continueToken = '';
  let attempt = 1;
  for (;;) {
    let given = 0;
    const unreadable: UnreadableObject[] = [];
    try {
      const onUnreadable = (object: UnreadableObject): unknown => unreadable.push(object);
      const page = await source.listPage({ ...request, continueToken, onUnreadable }, signal);
      for await (const items of page.items)
        for (const item of items) {
          const upsert = keep(item);
          if (upsert === undefined) continue;
          given += 1;
          yield { upsert, object: item.object, behind: page.metadata?.remainingItemCount ?? 0 };
          giveBackBody(upsert.body);
        }
      continueToken = page.end().continueToken;
      attempt = 1;
    } catch (error) {
      signal.throwIfAborted();
      const again = given > 0 ? undefined : anotherAttempt(error, attempt);
      if (again === undefined) throw error;
      attempt += 1;
      continueToken = again.continueToken ?? continueToken;
      await clock.sleep(again.pauseMs, signal);
      continue;
    }
    for (const object of unreadable) {
      const upsert = keepUnreadable(object);
      if (upsert !== undefined) yield { upsert, behind: 0 };
    }
    if (continueToken === '') return;
  }
}

/** As the agent keeps objects, in either form. */
function keeping({ spec, scrub, lint, clock }: ReadFeedOptions): ReturnType<typeof keepScrubbed> {
  return keepScrubbed({
    feedId: 0,
    scrub: scrub.scrubber(spec),
    scrubProtobuf: scrub.protobufScrubber?.(spec),
    judge: lint?.judge(spec),
    clock,
  });
}

/** Whether, when and where the page is asked for again. */
function anotherAttempt(
  error: unknown,
  attempt: number,
): { readonly pauseMs: number; readonly continueToken?: string } | undefined {
  if (!(error instanceof KubeError) || attempt >= ATTEMPTS) return undefined;
  const { code, continueToken, retryAfterMs: pauseMs = PAUSE_MS } = error;
  if (code === 'KUBE_EXPIRED' && continueToken !== undefined) return { pauseMs: 0, continueToken };
  return PASSING.has(code) && pauseMs <= LONGEST_PAUSE_MS ? { pauseMs } : undefined;
}
