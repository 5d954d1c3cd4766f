import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { ChaosControllerOptions } from './chaos-controller.ts';

type Client = ChaosControllerOptions['client'];

/** What the network of a random run did, by how often. */
export interface Mishaps {
  lostRequests: number;
  lostAnswers: number;
  /** Given up by whoever sent it, and carried out afterwards. */
  lateRequests: number;
}

/** What it needs. */
export interface UnreliableOptions {
  readonly random: SeededRandom;
  readonly mishaps: Mishaps;
  /** Nothing goes wrong any more. */
  readonly isCalm: () => boolean;
  /** Told of each answer before whoever asked is: what he has read may not be so any more. */
  readonly onRead: (path: string) => void;
  /** Something goes on that nobody waits for: the run has to, before its servers end. */
  readonly onLoose: (loose: Promise<unknown>) => void;
}

/** In real time. */
const LATE_MS = 20;

/** A client of which some requests never arrive, some arrive late and some answers are lost. Whoever asks is told the same in all three cases. */
export function unreliableClient(client: Client, options: UnreliableOptions): Client {
  const { random, mishaps, isCalm, onLoose, onRead } = options;
  const through = async <T>(send: () => Promise<T>): Promise<T> => {
    const fate = isCalm() ? 1 : random.next();
    if (fate < 0.05) {
      mishaps.lostRequests += 1;
      throw lost();
    }
    if (fate < 0.1) {
      mishaps.lateRequests += 1;
      onLoose(late(send, random.integer(LATE_MS)));
      throw lost();
    }
    const answer = await send();
    if (fate >= 0.2) return answer;
    mishaps.lostAnswers += 1;
    throw lost();
  };
  return {
    get: async (path, signal) => {
      const answer = await client.get(path, signal);
      onRead(path);
      return answer;
    },
    create: async (path, body, signal) => through(() => client.create(path, body, signal)),
    patch: async (path, patch, signal) => through(() => client.patch(path, patch, signal)),
    delete: async (path, body, signal) => through(() => client.delete(path, body, signal)),
  };
}

function lost(): KubeError {
  return new KubeError('KUBE_UNREACHABLE', 'the connection was lost');
}

async function late(send: () => Promise<unknown>, afterMs: number): Promise<void> {
  await sleep(afterMs);
  // Whoever asked has gone: what is answered is nobody's.
  await send().catch(() => undefined);
}
