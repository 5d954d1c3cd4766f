/**
 * Lists and watches in protobuf that something on the way has changed: what comes of them is the same however the bytes are cut, every object
 * that is given is one by the letter, and whatever is wrong is a fault of the server's, never one of ours.
 */
import { expect, test } from 'vitest';
import { mutateMessage } from '../../../testing/mutate-message.ts';
import { isWellFormed } from '../../../testing/is-well-formed.ts';
import { enveloped, message, watchFrame } from '../../../testing/protobuf-bytes.ts';
import { randomMessage } from '../../../testing/random-message.ts';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import { cutAtRandom, tellFault, tellList, tellUnreadable } from '../../../testing/tell-decoded.ts';
import { must } from '../../errors.ts';
import type { KubeItem } from '../kube-item.ts';
import { objectReader } from './object-reader.ts';
import { ProtobufListDecoder } from './protobuf-list-decoder.ts';
import { ProtobufWatchDecoder } from './protobuf-watch-decoder.ts';

const SEED = Date.now() % 1_000_000_000;
const ROUNDS = 300;
const NAME = 'core.v1.Node';
const reader = must(objectReader({ group: '', version: 'v1', kind: 'Node' }), 'a reader');

type Decode = (chunks: readonly Buffer[]) => readonly string[];

/** What a decoder made of the bytes, as far as it can be told. */
const decodeList: Decode = (chunks) =>
  tellList(
    (onUnreadable) => new ProtobufListDecoder(reader, { onUnreadable, maxItemBytes: MAX_BYTES }),
    chunks,
    toldItem,
  );

const decodeWatch: Decode = (chunks) => {
  const told: string[] = [];
  const onUnreadable = tellUnreadable(told);
  const decoder = new ProtobufWatchDecoder(reader, { onUnreadable, maxLineBytes: MAX_BYTES });
  for (const chunk of chunks) {
    for (const event of decoder.push(chunk)) {
      told.push(event.type === 'BOOKMARK' ? event.resourceVersion : `${event.type} ${toldItem(event)}`);
    }
  }
  decoder.end();
  if (decoder.fault !== undefined) told.push(tellFault(decoder.fault));
  return told;
};

/** Room for each object and hardly more, so that some become too large. */
const MAX_BYTES = 4096;

function toldItem({ metadata, protobuf }: KubeItem): string {
  if (protobuf !== undefined) expect(isWellFormed(NAME, protobuf.bytes)).toBe(true);
  return `${metadata.name} ${protobuf?.bytes.toString('hex') ?? ''}`;
}

const list = (random: SeededRandom): Buffer => {
  const items = Array.from({ length: 3 }, (): [number, Buffer] => [2, randomMessage(NAME, random)]);
  return enveloped('v1', 'NodeList', message([1, message([2, '12'], [3, 'more'], [4, 7])], ...items));
};

const watch = (random: SeededRandom): Buffer => {
  const versioned = (version: number): Buffer =>
    Buffer.concat([randomMessage(NAME, random), message([1, message([6, String(version)])])]);
  const types = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];
  return Buffer.concat(types.map((type, index) => watchFrame(type, enveloped('v1', 'Node', versioned(index + 1)))));
};

test.each([
  ['list', list, decodeList],
  ['watch', watch, decodeWatch],
] as const)('a %s that was changed on the way', (_what, make, decode) => {
  const random = new SeededRandom(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const sound = make(random);
    const bytes = random.chance(0.05) ? sound : mutateMessage(sound, random);
    const at = `seed ${String(SEED)}, round ${String(round)}`;
    const [whole, inParts] = [decode([bytes]), decode(cutAtRandom(bytes, random))];
    expect({ at, told: inParts.toSorted() }).toEqual({ at, told: whole.toSorted() });
  }
});
