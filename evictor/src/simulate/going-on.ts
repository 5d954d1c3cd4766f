import type { Candidate } from './candidate.ts';
import type { Blocker } from './reason.ts';
import { isNotLookedAt, type SearchBefore } from './search-before.ts';

/** Candidates by what the search before this one knows of them. */
export interface Turns {
  /** It found that these can go: most of the time they still can. */
  readonly carried: readonly Candidate[];
  /** Who waits longest comes first; in a search that begins anew, in the order in which they were given. */
  readonly waiting: readonly Candidate[];
  /** It found what keeps these, of this very cluster: by the index of their node. */
  readonly known: readonly { readonly index: number; readonly blockers: readonly Blocker[] }[];
}

/** How a search goes on from the one before it: in which order candidates are asked, and which need not be. */
export class GoingOn {
  readonly #before: SearchBefore | undefined;
  /** Names of the nodes that were found. */
  readonly #carried: ReadonlySet<string>;
  /** Those that were blocked, by name, but for those that were not looked at. */
  readonly #blocked: ReadonlyMap<string, readonly Blocker[]>;
  /** Of these nodes, by index, nothing has to be found out any more. */
  readonly #settled = new Set<number>();

  /** Undefined: it begins anew. */
  constructor(before: SearchBefore | undefined) {
    this.#before = before;
    const { removable = [], blocked = [] } = before?.removal ?? {};
    this.#carried = new Set(removable.map(({ node }) => node.name));
    const lookedAt = blocked.filter((one) => !isNotLookedAt(one));
    this.#blocked = new Map(lookedAt.map(({ node, blockers }) => [node.name, blockers]));
  }

  /** Whether it was found before. */
  isCarried({ placed }: Candidate): boolean {
    return this.#carried.has(placed.record.name);
  }

  /** Whether nothing has to be found out any more of the node of this index. */
  isSettled(index: number): boolean {
    return this.#settled.has(index);
  }

  /** Sorts the candidates of this search; once. */
  inTurn(candidates: readonly Candidate[]): Turns {
    const before = this.#before;
    if (before === undefined) return { carried: [], waiting: candidates, known: [] };
    const carried: Candidate[] = [];
    const waiting: Candidate[] = [];
    const known: { readonly index: number; readonly blockers: readonly Blocker[] }[] = [];
    for (const candidate of candidates) {
      const { index, record } = candidate.placed;
      const blockers = before.isSameCluster ? this.#blocked.get(record.name) : undefined;
      if (this.isCarried(candidate)) carried.push(candidate);
      else if (blockers === undefined) waiting.push(candidate);
      else {
        known.push({ index, blockers });
        if (blockers.every(({ code }) => code !== 'later')) this.#settled.add(index);
      }
    }
    const turnOf = ({ placed }: Candidate): number => before.turns.get(placed.record.name) ?? 0;
    return { carried, waiting: waiting.sort((a, b) => turnOf(a) - turnOf(b)), known };
  }
}
