/** Numbers, times and sizes as people read them. */

/** `1,234`. */
export const NUMBER = new Intl.NumberFormat('en');

/** `14:03:59`. */
export const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** `340 ms`, `1.2 s`, `4 min`. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** `4.2 MiB`. */
export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `1.25`. */
export function cores(value) {
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(value < 10 ? 2 : 1))}`;
}
