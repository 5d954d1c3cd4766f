import { describe, expect, test } from 'vitest';
import { inFuture, isNewer, seen, isMarker } from './read-answers.ts';
import type { Scene } from './scene.ts';

const STREAMING_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

/** What a watch tells, from where, and how it ends. */
export function describeWatches(scene: Scene): void {
  const { newNamespace, createMaps, newest } = scene;

  describe.concurrent('watches', () => {
    test('a watch gives every change after its resourceVersion, in order', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['old']);
      const version = await newest(maps);
      await createMaps(maps, ['a', 'b']);
      await scene.client.must('PATCH', `${maps}/a`, { data: { of: 'changed' } });
      await using watch = await scene.client.watch(`${maps}?resourceVersion=${version}`);
      await watch.take(3);
      await scene.client.must('DELETE', `${maps}/b`);
      const events = await watch.take(4);
      expect(seen(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
      const versions = events.map(({ object }) => object.metadata.resourceVersion);
      for (const [index, later] of versions.entries())
        expect(isNewer(later, versions[index - 1] ?? version)).toBe(true);
      expect(events[2]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { of: 'changed' } });
      expect(events[3]?.object).toMatchObject({ data: { of: 'b' } });
    });

    test('the resourceVersion of a deletion is a place to go on from', async () => {
      const { maps } = await newNamespace();
      const version = await newest(maps);
      await createMaps(maps, ['a']);
      await scene.client.must('DELETE', `${maps}/a`);
      await using first = await scene.client.watch(`${maps}?resourceVersion=${version}`);
      const [, deleted] = await first.take(2);
      await createMaps(maps, ['b']);
      await using second = await scene.client.watch(
        `${maps}?resourceVersion=${deleted?.object.metadata.resourceVersion}`,
      );
      expect(seen(await second.take(1))).toEqual(['ADDED b']);
    });

    test('an object deleted and made again under its name has another uid', async () => {
      const { maps } = await newNamespace();
      const version = await newest(maps);
      await createMaps(maps, ['phoenix']);
      await scene.client.must('DELETE', `${maps}/phoenix`);
      await createMaps(maps, ['phoenix']);
      await using watch = await scene.client.watch(`${maps}?resourceVersion=${version}`);
      const events = await watch.take(3);
      expect(seen(events)).toEqual(['ADDED phoenix', 'DELETED phoenix', 'ADDED phoenix']);
      const [first, gone, second] = events.map(({ object }) => object.metadata.uid);
      expect(gone).toBe(first);
      expect(second).not.toBe(first);
    });

    test('a watch from the future is silent until its timeout', async () => {
      const { maps } = await newNamespace();
      const query = `resourceVersion=${inFuture(await newest(maps))}&timeoutSeconds=4&allowWatchBookmarks=true`;
      await using watch = await scene.client.watch(`${maps}?${query}`);
      await createMaps(maps, ['unseen']);
      expect([watch.status, await watch.ended, watch.events]).toEqual([200, 'clean', []]);
    });

    test('a bookmark comes before the timeout, which is a clean end', async () => {
      const { maps } = await newNamespace();
      const query = `resourceVersion=${await newest(maps)}&timeoutSeconds=6&allowWatchBookmarks=true`;
      await using watch = await scene.client.watch(`${maps}?${query}`);
      const [made] = await createMaps(maps, ['a']);
      expect(await watch.ended).toBe('clean');
      expect(watch.types().slice(0, 2)).toEqual(['ADDED', 'BOOKMARK']);
      const bookmark = watch.events.at(-1);
      expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1' } });
      const { resourceVersion } = bookmark?.object.metadata ?? { resourceVersion: '0' };
      expect(isNewer(made?.metadata.resourceVersion ?? '', resourceVersion)).toBe(false);
    });

    test('without allowWatchBookmarks there are none', async () => {
      const { maps } = await newNamespace();
      await using watch = await scene.client.watch(`${maps}?resourceVersion=${await newest(maps)}&timeoutSeconds=4`);
      await createMaps(maps, ['a']);
      expect(await watch.ended).toBe('clean');
      expect(watch.types()).toEqual(['ADDED']);
    });

    test('watches of events get no bookmark, not even before the timeout', async () => {
      const { path, namespace } = await newNamespace();
      const { metadata } = await scene.client.list(`${path}/events`);
      const query = `resourceVersion=${metadata.resourceVersion}&timeoutSeconds=5&allowWatchBookmarks=true`;
      await using watch = await scene.client.watch(`${path}/events?${query}`);
      const involvedObject = { kind: 'Pod', name: 'x', namespace };
      await scene.client.must('POST', `${path}/events`, { metadata: { name: 'one' }, involvedObject });
      expect(await watch.ended).toBe('clean');
      expect(watch.types()).toEqual(['ADDED']);
    });

    test.for(['', '?resourceVersion=0'])('a watch with %j begins with what there is', async (query) => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'b']);
      await using watch = await scene.client.watch(`${maps}${query}`);
      expect(seen(await watch.take(2)).sort()).toEqual(['ADDED a', 'ADDED b']);
      await scene.client.must('DELETE', `${maps}/a`);
      const events = await watch.take(3);
      expect(seen(events.slice(2))).toEqual(['DELETED a']);
    });

    const withStreamingLists = (): void => {
      test('with bookmarks such a watch is told where what there is ends', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        await using watch = await scene.client.watch(`${maps}?allowWatchBookmarks=true`);
        const events = await watch.until((all) => all.some(isMarker));
        expect(seen(events)).toEqual(['ADDED a', 'BOOKMARK']);
      });

      test('a streaming list ends with a marked bookmark and goes on as a watch', async () => {
        const { maps } = await newNamespace();
        const made = await createMaps(maps, ['a', 'b']);
        await using watch = await scene.client.watch(`${maps}?${STREAMING_LIST}`);
        const initial = [...(await watch.until((all) => all.some(isMarker)))];
        expect(seen(initial).sort()).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
        const marker = initial.at(-1);
        expect(marker !== undefined && isMarker(marker)).toBe(true);
        const version = marker?.object.metadata.resourceVersion ?? '';
        expect(isNewer(made[1]?.metadata.resourceVersion ?? '', version)).toBe(false);
        await createMaps(maps, ['c']);
        const events = await watch.take(4);
        expect(seen(events.slice(3))).toEqual(['ADDED c']);
        await using resumed = await scene.client.watch(`${maps}?resourceVersion=${version}`);
        expect(seen(await resumed.take(1))).toEqual(['ADDED c']);
      });

      test('a streaming list of nothing is the marker alone, without bookmarks not even that', async () => {
        const { maps } = await newNamespace();
        const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name=absent';
        await using watch = await scene.client.watch(`${maps}?${query}&allowWatchBookmarks=true`);
        const [marker] = await watch.take(1);
        expect(marker !== undefined && isMarker(marker)).toBe(true);
        await using silent = await scene.client.watch(`${maps}?${query}&timeoutSeconds=2`);
        expect([await silent.ended, silent.events]).toEqual(['clean', []]);
      });

      test('a streaming list from the future is an ERROR 504 in the stream', async () => {
        const { maps } = await newNamespace();
        await using watch = await scene.client.watch(
          `${maps}?${STREAMING_LIST}&resourceVersion=${inFuture(await newest(maps))}`,
        );
        expect([watch.status, await watch.ended]).toEqual([200, 'clean']);
        expect(watch.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 504 } }]);
        expect(JSON.stringify(watch.events)).toContain('Too large resource version');
      });

      test('sendInitialEvents=false is a plain watch from now', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['old']);
        await using watch = await scene.client.watch(
          `${maps}?sendInitialEvents=false&resourceVersionMatch=NotOlderThan`,
        );
        await createMaps(maps, ['new']);
        expect(seen(await watch.take(1))).toEqual(['ADDED new']);
      });
    };
    const withoutStreamingLists = (): void => {
      test.for([
        [STREAMING_LIST],
        ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan'],
        ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan'],
      ])('a server without streaming lists refuses one: %s is a 422', async ([query]) => {
        const answer = await scene.client.call('GET', `/api/v1/configmaps?watch=1&${query}`);
        expect(answer.status).toBe(422);
        expect(answer.json()).toMatchObject({
          reason: 'Invalid',
          details: { causes: [{ field: 'sendInitialEvents' }] },
        });
      });

      test('a server without streaming lists marks no bookmark as the end of what there is', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        await using watch = await scene.client.watch(`${maps}?allowWatchBookmarks=true&timeoutSeconds=5`);
        expect(await watch.ended).toBe('clean');
        expect(seen(watch.events)[0]).toBe('ADDED a');
        expect(watch.events.filter(isMarker)).toEqual([]);
      });
    };
    (scene.dialect.streamingLists ? withStreamingLists : withoutStreamingLists)();

    test('an object that enters or leaves a selection is seen as added or deleted', async () => {
      const { maps } = await newNamespace();
      const version = await newest(maps);
      await createMaps(maps, ['a', 'other']);
      const label = (tier: string | null) =>
        scene.client.must('PATCH', `${maps}/a`, { metadata: { labels: { tier } } });
      await label('front');
      await scene.client.must('PATCH', `${maps}/a`, { data: { of: 'changed' } });
      await label(null);
      await using watch = await scene.client.watch(`${maps}?resourceVersion=${version}&labelSelector=tier=front`);
      expect(seen(await watch.take(3))).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
      await using named = await scene.client.watch(
        `${maps}?resourceVersion=${version}&fieldSelector=metadata.name=other`,
      );
      expect(seen(await named.take(1))).toEqual(['ADDED other']);
    });

    test('a resourceVersion that is no number is a 500', async () => {
      const answer = await scene.client.call('GET', '/api/v1/configmaps?watch=1&resourceVersion=abc');
      expect(answer.status).toBe(500);
    });

    test('a negative timeout ends the watch at once', async () => {
      await using watch = await scene.client.watch('/api/v1/configmaps?timeoutSeconds=-1');
      expect(await watch.ended).toBe('clean');
      expect(scene.dialect.negativeTimeout).toContain(watch.status);
    });

    test('a kind that cannot be watched answers 405', async () => {
      const answer = await scene.client.call('GET', '/api/v1/componentstatuses?watch=1');
      expect([answer.status, answer.json()['reason']]).toEqual([405, 'MethodNotAllowed']);
    });
  });
}
