import { readFileSync } from 'node:fs';

/** What a process has used so far, as the kernel counts it. */
export interface ProcessUsage {
  /** The most physical memory it ever held, in bytes, with shared pages of files (VmHWM). */
  readonly peakRssBytes: number;
  readonly rssBytes: number;
  /** Its own memory without pages of files: what counts against a container's limit and cannot be reclaimed. */
  readonly anonymousBytes: number;
  /** User and system time of all its threads. */
  readonly cpuMs: number;
}

/** Linux exports times in units of 1/100 s on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** Reads the usage of a running process; undefined when it is gone or where there is no `/proc`. */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, second of the fields, may hold spaces and parentheses: count from its end, where field 3 begins.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      peakRssBytes: kibibytes(status, 'VmHWM') * 1024,
      rssBytes: kibibytes(status, 'VmRSS') * 1024,
      anonymousBytes: kibibytes(rollup, 'Anonymous') * 1024,
      cpuMs: (Number(fields[14 - 3]) + Number(fields[15 - 3])) * MS_PER_TICK,
    };
  } catch {
    // Gone between two of the reads, a zombie (its files are empty or unreadable), or not Linux.
    return undefined;
  }
}

function kibibytes(text: string, key: string): number {
  const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (match === null) throw new Error(`no ${key}`);
  return Number(match[1]);
}
