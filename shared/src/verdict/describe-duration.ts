/** How long something took, for people: `0.9 s`, `71 s`, `2 min 28 s`, `3 h 5 min`, `2 d 4 h`. Takes milliseconds. */
export function describeDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return `${String(Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < 100) return `${String(whole)} s`;
  if (whole < 3_600) return parts(whole, [60, 'min', 's']);
  const minutes = Math.round(whole / 60);
  if (minutes < 1_440) return parts(minutes, [60, 'h', 'min']);
  return parts(Math.round(minutes / 60), [24, 'd', 'h']);
}

function parts(amount: number, [size, large, small]: [number, string, string]): string {
  const rest = amount % size;
  const whole = `${String(Math.floor(amount / size))} ${large}`;
  return rest === 0 ? whole : `${whole} ${String(rest)} ${small}`;
}
