/** A list arrives as changed rows and, when it changed, their order; everything else arrives whole. */
export function merge(known, value, full) {
  if (!Array.isArray(value?.set)) return value;
  const byKey = new Map(full || !Array.isArray(known) ? [] : known.map((row) => [row.key, row]));
  for (const row of value.set) byKey.set(row.key, row);
  return value.order ? value.order.map((key) => byKey.get(key)) : [...byKey.values()];
}
