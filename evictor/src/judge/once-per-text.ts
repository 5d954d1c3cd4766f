/**
 * The same, asked once for each text: thousands of nodes say a handful of different things. What was found is kept as long as the function that this
 * gives, and shared by whoever asks, so that it must not be changed.
 */
export function oncePerText<Found>(find: (text: string) => Found): (text: string) => Found {
  const known = new Map<string, { readonly found: Found }>();
  return (text) => {
    let one = known.get(text);
    if (one === undefined) known.set(text, (one = { found: find(text) }));
    return one.found;
  };
}
