/** Makes something when it is asked for first, and gives the same one from then on: many policies are of kinds that a cluster does not have. */
export function madeOnce<Made extends object | number | string>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}
