import { openEnvelope } from '@castai/shared/kube/protobuf/envelope.ts';
import { readStatus } from '@castai/shared/kube/protobuf/envelope.ts';
import { describe, expect, test } from 'vitest';
import { names, versionOf, isNewer, seen, isMarker } from './read-answers.ts';
import type { Scene } from './scene.ts';

const STREAMING_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** What expires. The last part, because a restart ends the watches of all others. */
export function describeThePast(scene: Scene): void {
  const { newNamespace, createMaps, newest } = scene;

  describe('the past', () => {
    test('an expired continue token is a 410 with another token that goes on in the newest state', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'b', 'c', 'd']);
      const first = await scene.client.list(`${maps}?limit=2`);
      await scene.client.must('DELETE', `${maps}/c`);
      await createMaps(maps, ['aa', 'e']);
      await scene.server.expireContinueTokens();
      const answer = await scene.client.call('GET', `${maps}?limit=2&continue=${first.metadata.continue}`);
      expect(answer.status).toBe(410);
      const status = answer.json() as { metadata: { continue: string } };
      expect(status).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
      expect(answer.headers['retry-after']).toBeUndefined();
      const rest = await scene.client.list(`${maps}?limit=1&continue=${status.metadata.continue}`);
      expect(names(rest)).toEqual(['d']);
      expect(isNewer(versionOf(rest), versionOf(first))).toBe(true);
      const last = await scene.client.list(`${maps}?limit=1&continue=${rest.metadata.continue}`);
      expect([names(last), versionOf(last)]).toEqual([['e'], versionOf(rest)]);
      const exact = await scene.client.call('GET', `${maps}?limit=5&resourceVersion=${versionOf(first)}`);
      expect([exact.status, exact.json()['metadata']]).toEqual([410, {}]);
    });

    test('a token that goes on in the newest state expires as well, as often as it takes, and each place of the list is looked at once', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'c', 'e', 'g']);
      const listed: string[] = [];
      const versions: string[] = [];
      let token = '';
      // What is told of each place was true at some moment after the list began; what came into being behind it is not told.
      for (const [gone, come] of [
        ['a', '0'],
        ['e', 'cc'],
        ['g', 'h'],
      ] as const) {
        const page = await scene.client.list(`${maps}?limit=1&continue=${token}`);
        listed.push(...names(page));
        versions.push(versionOf(page));
        await scene.client.must('DELETE', `${maps}/${gone}`);
        await createMaps(maps, [come]);
        await scene.server.expireContinueTokens();
        const path = `${maps}?limit=1&continue=${page.metadata.continue}`;
        const plain = (await scene.client.call('GET', path)).json() as { metadata: { continue: string } };
        const compact = await scene.client.call('GET', path, { headers: { accept: `${PROTOBUF}, application/json` } });
        token = plain.metadata.continue;
        expect(compact.status).toBe(410);
        expect(readStatus(openEnvelope(compact.bytes).raw)).toMatchObject({
          reason: 'Expired',
          metadata: { continue: token },
        });
      }
      listed.push(...names(await scene.client.list(`${maps}?limit=9&continue=${token}`)));
      expect(listed).toEqual(['a', 'c', 'cc', 'h']);
      expect(versions.every((version, index) => index === 0 || isNewer(version, versions[index - 1] ?? ''))).toBe(true);
    });

    test('a restart breaks watches, keeps objects, and makes older watch positions expire in the stream', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a']);
      const version = await newest(maps);
      await createMaps(maps, ['b', 'c']);
      const watch = await scene.client.watch(`${maps}?resourceVersion=${version}`);
      await watch.take(2);
      await scene.server.restart();
      expect(await watch.ended).toBe('broken');
      expect(names(await scene.client.list(maps))).toEqual(['a', 'b', 'c']);
      await using late = await scene.client.watch(`${maps}?resourceVersion=${version}`);
      expect([late.status, await late.ended]).toEqual([200, 'clean']);
      expect(late.events).toMatchObject([
        { type: 'ERROR', object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } },
      ]);
      // A streaming list has no past to lose; a server that knows none refuses it as ever.
      await using fresh = await scene.client.watch(`${maps}?${STREAMING_LIST}&resourceVersion=${version}`);
      const listed = await fresh.until((all) => fresh.status !== 200 || all.some(isMarker));
      expect([fresh.status, ...seen(listed).sort()]).toEqual(
        scene.dialect.streamingLists ? [200, 'ADDED a', 'ADDED b', 'ADDED c', 'BOOKMARK'] : [422],
      );
      await using resumed = await scene.client.watch(`${maps}?resourceVersion=${await newest(maps)}`);
      await createMaps(maps, ['d']);
      expect(seen(await resumed.take(1))).toEqual(['ADDED d']);
    });
  });
}
