/** How many places can be made unfit with this much, each at its own cost: the cheapest ones first. */
export function hinderedWithin(costs: readonly number[], budget: number): number {
  let left = budget;
  let hindered = 0;
  // What costs more than all of it takes no part: most places, most of the time.
  for (const cost of Float64Array.from(costs.filter((one) => one <= budget)).sort()) {
    left -= cost;
    if (left < 0) break;
    hindered += 1;
  }
  return hindered;
}
