import { KubeError } from '../src/kube/kube-error.ts';
import type { KubeItem } from '../src/kube/kube-item.ts';
import type { PageDecoder } from '../src/kube/list-page.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Makes a decoder that tells of what it could not read. */
export type MakeDecoder<Decoder> = (onUnreadable: (object: object) => number) => Decoder;

/** What a decoder makes of a list, as texts; of one that breaks its fault alone: what came before depends on where it was cut. */
export function tellList(
  make: MakeDecoder<PageDecoder>,
  chunks: readonly Buffer[],
  toldItem: (item: KubeItem) => string,
): string[] {
  const told: string[] = [];
  const decoder = make(tellUnreadable(told));
  try {
    for (const chunk of chunks) told.push(...decoder.push(chunk).map(toldItem));
    told.push(JSON.stringify(decoder.end()));
  } catch (error) {
    return [tellFault(error)];
  }
  return told;
}

/** Tells of each object that cannot be read. */
export function tellUnreadable(told: string[]): (object: object) => number {
  return (object) => told.push(`unreadable ${JSON.stringify(object)}`);
}

/** A fault of the server's. Throws what is one of ours. */
export function tellFault(error: unknown): string {
  if (error instanceof KubeError) return error.message;
  throw error;
}

/** The same bytes in parts, as a network might cut them: most of them short. */
export function cutAtRandom(bytes: Buffer, random: SeededRandom): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const to = at + 1 + random.integer(random.pick([3, 50, 5000]));
    chunks.push(Buffer.from(bytes.subarray(at, to)));
    at = to;
  }
  return chunks;
}
