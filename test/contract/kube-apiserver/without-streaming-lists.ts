import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { PlainClient } from '../../fakes/kube-apiserver/plain-client.ts';
import { seen } from './read-answers.ts';
import type { Scene } from './scene.ts';

/** A server whose streaming lists are switched off. */
export function describeWithoutStreamingLists(scene: Scene): void {
  describe('without streaming lists', () => {
    test('sendInitialEvents is a 422 that names the field, and plain watches work', async () => {
      const other = await scene.start({ watchList: false });
      const plain = new PlainClient(other);
      try {
        const maps = '/api/v1/namespaces/default/configmaps';
        const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
        const answer = await plain.call('GET', `${maps}?${query}`);
        expect(answer.status).toBe(422);
        expect(answer.json()).toMatchObject({
          reason: 'Invalid',
          details: { causes: [{ field: 'sendInitialEvents' }] },
        });
        await plain.must('POST', maps, { metadata: { name: 'a' } });
        await using watch = await plain.watch(`${maps}?allowWatchBookmarks=true&fieldSelector=metadata.name=a`);
        expect(seen(await watch.take(1))).toEqual(['ADDED a']);
        await sleep(300);
        expect(watch.types()).toEqual(['ADDED']);
      } finally {
        await plain.close();
        await other.stop();
      }
    });
  });
}
