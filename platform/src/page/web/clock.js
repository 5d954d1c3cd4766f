/** What time it is at the platform: instants come from there, and this machine's clock may be wrong. */

/** What to add to this machine's clock, ms. */
let offset = 0;

/** Takes the platform's time. */
export function setClock(nowMs) {
  offset = nowMs - Date.now();
}

/** The platform's time, ms since the epoch of Unix. */
export function now() {
  return Date.now() + offset;
}

/** How long ago, without a word for it: `3 d`. */
export function age(atMs) {
  const minutes = Math.max(0, (now() - atMs) / 60_000);
  if (minutes < 120) return `${Math.floor(minutes)} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

/** `in 25 s`, `12 s ago`. */
export function countdown(atMs) {
  const seconds = Math.ceil((atMs - now()) / 1000);
  if (seconds <= 0) return ago(atMs);
  return seconds < 120 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
}

/** `12 s ago`. */
export function ago(atMs) {
  const seconds = Math.max(0, (now() - atMs) / 1000);
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${Math.floor(seconds)} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} days ago`;
}
