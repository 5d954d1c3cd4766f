import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, as the kernel counts it. */
export interface ProcessUsage {
  /** The most physical memory it ever held, in bytes, with shared pages of files (VmHWM). */
  readonly peakRssBytes: number;
  readonly rssBytes: number;
  /** Its own memory without pages of files: what counts against a container's limit and cannot be reclaimed. */
  readonly anonymousBytes: number;
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  /** How often one of its threads went to sleep, which is as often as one was woken. */
  readonly sleeps: number;
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
      sleeps: sleepsOf(pid),
    };
  } catch {
    // Gone between two of the reads, a zombie (its files are empty or unreadable), or not Linux.
    return undefined;
  }
}

/** Of all threads that there are; one that ends meanwhile is counted no more. */
function sleepsOf(pid: number): number {
  const statuses = readdirSync(`/proc/${pid}/task`).map((thread) => threadStatus(pid, thread));
  return statuses.reduce(
    (sum, status) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0),
    0,
  );
}

function threadStatus(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
  } catch {
    return '';
  }
}

function kibibytes(text: string, key: string): number {
  const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (match === null) throw new Error(`no ${key}`);
  return Number(match[1]);
}
