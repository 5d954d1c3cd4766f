/** So many connections may come before a piece of work begins that waits for a moment without. */
const MOST_ARRIVALS = 64;

/** Who waits for a turn. */
export interface Asker {
  /** Of all who ask from one address one has a turn before those of another address have theirs. */
  readonly address: string;
  /** Who has gone by the time of its turn costs none: of a flood most have, and the line would only grow, with everybody else in it. */
  readonly isGone: () => boolean;
}

interface Waiting extends Asker {
  readonly go: () => void;
}

/**
 * Puts work off until nobody comes any more: of what is asked for one piece begins at a time, and not before a turn of the event loop in which no
 * connection arrived, or the 64th with one. libuv takes one connection a turn, so without this whoever comes last waits for the work of all who
 * came before. Addresses take turns, each in the order in which it asked: who asks on hundreds of connections waits for itself, and a scrape
 * from elsewhere for one of its answers. `arrived` counts connections; the function that is given resolves when it is the caller's turn.
 */
export function inTurns(arrived: () => number): (asker: Asker) => Promise<void> {
  /** Lines by address; the one whose turn is next comes first. */
  const lines = new Map<string, Waiting[]>();
  let isServing = false;
  const serve = async (): Promise<void> => {
    isServing = true;
    for (let next = takeNext(lines); next !== undefined; next = takeNext(lines)) {
      await aQuietTurn(arrived);
      next.go();
    }
    isServing = false;
  };
  return ({ address, isGone }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const line = lines.get(address) ?? [];
    line.push({ address, isGone, go: resolve });
    lines.set(address, line);
    if (!isServing) void serve();
    return promise;
  };
}

/** The next who is still there; its address goes behind all others. Who has gone is let go at once. */
function takeNext(lines: Map<string, Waiting[]>): Waiting | undefined {
  for (const [address, line] of lines) {
    lines.delete(address);
    const there = line.findIndex(({ isGone }) => !isGone());
    const left = line.splice(0, there < 0 ? line.length : there + 1);
    if (line.length > 0) lines.set(address, line);
    const next = there < 0 ? undefined : left.pop();
    for (const { go } of left) go();
    if (next !== undefined) return next;
  }
  return undefined;
}

async function aQuietTurn(arrived: () => number): Promise<void> {
  // What is asked for was read in the middle of a turn: the first whole one comes after it.
  await aTurn();
  for (let waited = 0; waited < MOST_ARRIVALS; waited += 1) {
    const before = arrived();
    await aTurn();
    if (arrived() === before) return;
  }
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
