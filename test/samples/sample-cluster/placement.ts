import { type Asked, USUAL_MILLI } from './pod-template.ts';
import type { SampleObject } from './sample-object.ts';

interface Place {
  readonly milli: number;
  /** Millicores up to which it is filled. */
  readonly wanted: number;
  asked: number;
  /** Memory, MiB. */
  readonly mib: number;
  askedMib: number;
}

/** Every tenth node runs nothing but what runs everywhere. */
const IDLE_EVERY = 10;
/** The others are asked for between these shares of what they have. */
const LEAST = 0.3;
const MOST = 0.9;
/** So much of what is wanted in all is asked for: the rest is room for what comes. */
const FILLED = 0.85;

/** Which node a pod is on, as a scheduler would choose: some are nearly full, some idle, none is asked for more than it has. */
export class Placement {
  readonly #pods: number;
  readonly #places: Place[] = [];

  constructor(pods: number) {
    this.#pods = pods;
  }

  /** How much smaller pods have to be for all of them to find a place; at most 1. Known when every node was added. */
  get scale(): number {
    const wanted = this.#places.reduce((sum, place) => sum + place.wanted, 0);
    if (wanted === 0 || this.#pods === 0) return 1;
    return Math.min(1, (wanted * FILLED) / (this.#pods * USUAL_MILLI));
  }

  /** Adds the next node; `share`, from 0 to 1, says how full it will be. */
  add(node: SampleObject, share: number): void {
    const { allocatable } = node['status'] as { allocatable: { cpu: string; memory: string } };
    const milli = Number.parseInt(allocatable.cpu, 10);
    const mib = Number.parseInt(allocatable.memory, 10) / 1024;
    const isIdle = this.#places.length % IDLE_EVERY === IDLE_EVERY - 1;
    this.#places.push({
      milli,
      wanted: isIdle ? 0 : milli * (LEAST + (MOST - LEAST) * share),
      asked: 0,
      mib,
      askedMib: 0,
    });
  }

  /** The node of a pod that asks for so much: `only`, or the first from `from` on that has room, or the one with most of it. */
  place(asked: Asked, { from, only }: { readonly from: number; readonly only?: number | undefined }): number {
    const index = only ?? this.#withRoom(asked, from) ?? this.#emptiest();
    const place = this.#places[index];
    if (place !== undefined) {
      place.asked += asked.milli;
      place.askedMib += asked.mib;
    }
    return index;
  }

  #withRoom({ milli, mib }: Asked, from: number): number | undefined {
    const { length } = this.#places;
    for (let step = 0; step < length; step += 1) {
      const index = (from + step) % length;
      const place = this.#places[index];
      if (place === undefined) continue;
      if (place.asked + milli <= place.wanted && place.askedMib + mib <= place.mib * MOST) return index;
    }
    return undefined;
  }

  #emptiest(): number {
    const room = this.#places.map(({ milli, asked }) => milli - asked);
    return Math.max(0, room.indexOf(Math.max(...room)));
  }
}
