import type { DumpView, ReadFeed } from './dump-view.ts';
import type { DumpedObject } from './read-feed.ts';
import type { TextOutput } from './text-output.ts';

/** A line of JSON per object. */
export class LinesView implements DumpView {
  readonly #output: Pick<TextOutput, 'write' | 'flush'>;

  constructor(output: Pick<TextOutput, 'write' | 'flush'>) {
    this.#output = output;
  }

  /** Writes its line. */
  take(feed: ReadFeed, dumped: DumpedObject): Promise<void> {
    return this.#output.write(dumpLine(feed, dumped));
  }

  /** Writes what waits. */
  finish(): Promise<void> {
    return this.#output.flush();
  }
}

/**
 * One object as a line: what a batch says of it and of its feed, and behind `body` the very bytes of its body. One that cannot be read has
 * none: the platform is told that it exists.
 */
export function dumpLine({ spec, version }: ReadFeed, { upsert }: Pick<DumpedObject, 'upsert'>): string {
  const { uid, namespace, name, resourceVersion, body, findings } = upsert;
  const { name: feed, group, resource, kind } = spec;
  const identity = JSON.stringify({
    feed,
    group,
    version,
    resource,
    kind,
    uid,
    namespace,
    name,
    resourceVersion,
    findings,
  });
  if (body.byteLength === 0) return `${identity}\n`;
  // Not parsed and written again: what is read here is to be what is sent, byte by byte.
  return `${identity.slice(0, -1)},"body":${Buffer.from(body).toString('utf8')}}\n`;
}
