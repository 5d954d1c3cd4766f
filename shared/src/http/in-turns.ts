/** So many connections may come before a piece of work begins that waits for a moment without. */
const MOST_ARRIVALS = 64;

/**
 * Puts work off until nobody comes any more: of what is asked for one piece begins at a time, in the order in which it was asked for, and
 * not before a turn of the event loop in which no connection arrived, or the 64th with one. libuv takes one connection a turn, so without
 * this whoever comes last waits for the work of all who came before. `arrived` counts connections; the function that is given resolves
 * when it is the caller's turn. Who `isGone` by then costs no turn: of a flood most are, and the queue would only grow, with everybody else in it.
 */
export function inTurns(arrived: () => number): (isGone: () => boolean) => Promise<void> {
  let last = Promise.resolve();
  const turn = async (): Promise<void> => {
    // What is asked for was read in the middle of a turn: the first whole one comes after it.
    await aTurn();
    for (let waited = 0; waited < MOST_ARRIVALS; waited += 1) {
      const before = arrived();
      await aTurn();
      if (arrived() === before) return;
    }
  };
  return (isGone) => (last = last.then(() => (isGone() ? undefined : turn())));
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
