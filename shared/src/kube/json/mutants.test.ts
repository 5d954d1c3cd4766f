/**
 * Lists and watches in JSON that something on the way has changed: what comes of them is the same however the bytes are cut, what `JSON.parse`
 * takes is read as that reads it, and whatever is wrong is a fault of the server's, never one of ours.
 */
import { expect, test } from 'vitest';
import { mutateBytes } from '../../../testing/mutate-bytes.ts';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import { cutAtRandom, tellFault, tellList, tellUnreadable } from '../../../testing/tell-decoded.ts';
import type { KubeItem } from '../kube-item.ts';
import { isRecord } from '../kube-object.ts';
import { type Part, recordIn, recordsIn } from '../read-value.ts';
import { ListDecoder } from './list-decoder.ts';
import { tryParseKubeJson } from './parse-kube-json.ts';
import { WatchDecoder } from './watch-decoder.ts';

const SEED = Date.now() % 1_000_000_000;
const ROUNDS = 400;
/** Room for each object and hardly more, so that some become too large. */
const MAX_BYTES = 600;

type Decode = (chunks: readonly Buffer[]) => string[];

const decodeList: Decode = (chunks) =>
  tellList((onUnreadable) => new ListDecoder({ onUnreadable, maxItemBytes: MAX_BYTES, kind: 'Pod' }), chunks, toldItem);

const decodeWatch: Decode = (chunks) => {
  const told: string[] = [];
  const onUnreadable = tellUnreadable(told);
  const decoder = new WatchDecoder({ onUnreadable, maxLineBytes: MAX_BYTES });
  const tell = (events: readonly ReturnType<WatchDecoder['push']>[number][]): void => {
    for (const event of events) {
      told.push(event.type === 'BOOKMARK' ? `at ${event.resourceVersion}` : `${event.type} ${toldItem(event)}`);
    }
  };
  for (const chunk of chunks) tell(decoder.push(chunk));
  tell(decoder.end() ?? []);
  if (decoder.fault !== undefined) told.push(tellFault(decoder.fault));
  return told;
};

const toldItem = ({ object }: KubeItem): string => JSON.stringify(object);

const object = (index: number): object => ({
  metadata: {
    name: `web-${String(index)}`,
    namespace: 'shop',
    uid: `u${String(index)}`,
    resourceVersion: String(10 + index),
    labels: { 'a"b\\': 'Grüße €', note: 'x}]{[,:' },
    managedFields: [{ manager: 'kubectl "x"', fieldsV1: { 'f:spec': {} } }],
  },
  spec: { replicas: 3, weight: 0.5, far: 9_007_199_254_740_991, list: [[1], [], [{}]], on: true, none: null },
});

const list = (): Buffer => {
  const metadata = { resourceVersion: '99', continue: 'more', remainingItemCount: 2 };
  return Buffer.from(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: [1, 2, 3].map(object) }));
};

const watch = (): Buffer => {
  const types = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];
  return Buffer.from(types.map((type, index) => `${JSON.stringify({ type, object: object(index) })}\n`).join(''));
};

test.each([
  ['list', list, decodeList],
  ['watch', watch, decodeWatch],
] as const)('a %s that was changed on the way', (_what, make, decode) => {
  const random = new SeededRandom(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutateBytes(make(), random);
    const at = `seed ${String(SEED)}, round ${String(round)}: ${bytes.toString('latin1')}`;
    const [whole, inParts] = [decode([bytes]), decode(cutAtRandom(bytes, random))];
    expect({ at, told: inParts.toSorted() }).toEqual({ at, told: whole.toSorted() });
  }
});

test('a list that JSON.parse takes is read as that reads it', () => {
  const random = new SeededRandom(SEED);
  let taken = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutateBytes(list(), random);
    const parsed = tryParseKubeJson(bytes.toString());
    const told = decodeList([bytes]);
    // Of one that is refused, or in part, other tests tell.
    if (!isRecord(parsed) || told.length === 1 || told.some((text) => text.startsWith('unreadable'))) continue;
    taken += 1;
    const at = `seed ${String(SEED)}, round ${String(round)}: ${bytes.toString('latin1')}`;
    expect({ at, read: told.slice(0, -1) }).toEqual({ at, read: recordsIn(parsed['items']).map(withoutManagers) });
  }
  expect(taken).toBeGreaterThan(ROUNDS / 20);
});

function withoutManagers(item: Part): string {
  const metadata = recordIn(item['metadata']);
  if (!('managedFields' in metadata)) return JSON.stringify(item);
  return JSON.stringify({ ...item, metadata: { ...metadata, managedFields: [] } });
}
