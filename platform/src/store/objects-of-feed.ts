import { setImmediate as turn } from 'node:timers/promises';
import type { ObjectBody, PlatformStore } from './platform-store.ts';

const OBJECTS_PER_READ = 200;

/**
 * Every object of a feed, by uid. Between two reads everything else gets its turn: the calls of a store that is in this process end without
 * letting anybody in, and whoever reads a large feed in one go would hold up all agents meanwhile.
 */
export async function* objectsOfFeed(
  store: Pick<PlatformStore, 'objectsAfter'>,
  feedKey: number,
): AsyncGenerator<ObjectBody, void> {
  for (let after = ''; ;) {
    const objects = await store.objectsAfter(feedKey, after, OBJECTS_PER_READ);
    yield* objects;
    const last = objects.at(-1);
    if (last === undefined || objects.length < OBJECTS_PER_READ) return;
    after = last.uid;
    await turn();
  }
}
