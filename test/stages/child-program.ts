import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type ProcessUsage, processUsage } from './process-usage.ts';

/** Which program to start, and how. */
export interface ProgramOptions {
  /** The program's main file. */
  readonly entry: string;
  /** For messages. */
  readonly name: string;
  readonly args?: readonly string[];
  /** Options of Node itself, such as V8's memory limits. */
  readonly nodeArgs?: readonly string[];
  /** The program sees these variables and the few that any program needs; nothing else of ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** A command that starts Node in our place, such as setpriv with its options. */
  readonly launcher?: readonly string[];
  /** Which Node. Default: the one that runs this. */
  readonly executable?: string;
  /** Told of every line as it comes. */
  readonly onLine?: (line: OutputLine) => void;
  /** Look at memory this often, for `peakAnonymousBytes`. Default: only when asked. */
  readonly sampleEveryMs?: number;
}

/** One line that a program wrote; very long ones are cut. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** How a program ended: with a code, or by a signal. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Usage as last seen, and the highest of what the kernel keeps no peak of. */
export interface ObservedUsage extends ProcessUsage {
  readonly peakAnonymousBytes: number;
}

const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const MAX_LINE_LENGTH = 1024 * 1024;
const SHOWN_LINES = 25;
const DEFAULT_WAIT_MS = 60_000;
const DEFAULT_GRACE_MS = 30_000;

/**
 * Ends the program's process group when its input ends without a word, which the operating system brings about however
 * the parent goes, SIGKILL included. One line says that the program is gone already and its number may be another's.
 */
const GUARD_SCRIPT = `trap '' INT TERM HUP; read -r line || kill -KILL -"$1"`;

/** Starts a program on the Node that runs this. Dispose of it, or it ends when this process does. */
export function startProgram(options: ProgramOptions): ChildProgram {
  return new ChildProgram(options);
}

/** A program as a process of its own. */
export class ChildProgram implements AsyncDisposable {
  /** Settles when the program has ended and everything that it wrote has been read. Never rejects. */
  readonly exit: Promise<ProgramExit>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #onLine: ((line: OutputLine) => void) | undefined;
  readonly #lines: OutputLine[] = [];
  #keptBytes = 0;
  readonly #watchers = new Set<() => void>();
  #ended: ProgramExit | undefined;
  #usage: ObservedUsage | undefined;

  constructor(options: ProgramOptions) {
    const {
      name,
      entry,
      args = [],
      nodeArgs = [],
      env = {},
      directory,
      launcher = [],
      executable = process.execPath,
      onLine,
      sampleEveryMs,
    } = options;
    const [command = executable, ...rest] = [...launcher, executable, ...nodeArgs, entry, ...args];
    this.#name = name;
    this.#onLine = onLine;
    this.#child = spawn(command, rest, {
      env: { ...basicEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in the terminal reaches the parent only, which then stops its programs in order.
      detached: true,
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    const { stdout, stderr } = this.#child;
    if (stdout !== null) this.#collect(stdout, 'stdout');
    if (stderr !== null) this.#collect(stderr, 'stderr');
    const release = this.#guard();
    const sampler = sampleEveryMs === undefined ? undefined : setInterval(() => this.usage(), sampleEveryMs).unref();
    // What the program started itself goes with it; its output would otherwise keep ours open.
    this.#child.once('exit', () => this.#signalGroup('SIGKILL'));
    this.exit = this.#waitForEnd().then((exit) => {
      this.#ended = exit;
      clearInterval(sampler);
      release();
      this.#tellWatchers();
      return exit;
    });
  }

  /** The process id. Throws when the program could not be started. */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`${this.#name} was not started`);
    return pid;
  }

  /** What the program wrote, oldest first; the oldest are forgotten beyond 4 MiB. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** The first line, of those already written too, for which `isWanted`. Throws when the program ends or time is up. */
  async waitForLine(isWanted: (text: string) => boolean, timeoutMs = DEFAULT_WAIT_MS): Promise<string> {
    return this.#waitFor(({ text }) => (isWanted(text) ? text : undefined), timeoutMs);
  }

  /** The first line of standard output that is a JSON object or array for which `isWanted`; as `waitForLine`. */
  async waitForJson<T = Record<string, unknown>>(
    isWanted: (value: T) => boolean = () => true,
    timeoutMs = DEFAULT_WAIT_MS,
  ): Promise<T> {
    const found = await this.#waitFor(({ stream, text }) => {
      const value = stream === 'stdout' ? parseJson(text) : undefined;
      return value !== undefined && isWanted(value as T) ? { value: value as T } : undefined;
    }, timeoutMs);
    return found.value;
  }

  /** Asks the program to end and waits until it has. Throws, after killing it, when it does not end in time. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = DEFAULT_GRACE_MS): Promise<ProgramExit> {
    this.usage();
    this.signal(signal);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), graceMs);
    });
    const first = await Promise.race([this.exit, late]);
    clearTimeout(timer);
    if (first !== 'late') return first;
    await this.kill();
    throw new Error(`${this.#name} did not end within ${graceMs} ms of ${signal}${this.#lastLines()}`);
  }

  /** Ends the program at once, with all that it started. */
  async kill(): Promise<ProgramExit> {
    this.usage();
    this.#signalGroup('SIGKILL');
    return this.exit;
  }

  /** Sends a signal to the program alone, such as SIGSTOP; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** What the program uses; after its end, what was last seen. Undefined where there is no `/proc`. */
  usage(): ObservedUsage | undefined {
    const { pid } = this.#child;
    const now = pid === undefined || this.#ended !== undefined ? undefined : processUsage(pid);
    if (now !== undefined) {
      const peakAnonymousBytes = Math.max(now.anonymousBytes, this.#usage?.peakAnonymousBytes ?? 0);
      this.#usage = { ...now, peakAnonymousBytes };
    }
    return this.#usage;
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #waitForEnd(): Promise<ProgramExit> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#keep({ stream: 'stderr', text: `not started: ${error.message}` });
        resolve({ code: null, signal: null });
      });
      this.#child.once('close', (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }));
    });
  }

  #collect(output: Readable, stream: OutputLine['stream']): void {
    // Not `readline`: it also splits at U+2028, which JSON may hold.
    let rest = '';
    output.setEncoding('utf8');
    output.on('data', (text: string) => {
      const [first = '', ...others] = text.split('\n');
      rest = (rest + first).slice(0, MAX_LINE_LENGTH);
      for (const other of others) {
        this.#keep({ stream, text: rest });
        rest = other.slice(0, MAX_LINE_LENGTH);
      }
    });
    output.on('end', () => {
      if (rest !== '') this.#keep({ stream, text: rest });
    });
  }

  #keep(line: OutputLine): void {
    this.#lines.push(line);
    this.#keptBytes += line.text.length;
    while (this.#keptBytes > MAX_KEPT_BYTES) this.#keptBytes -= this.#lines.shift()?.text.length ?? this.#keptBytes;
    this.#onLine?.(line);
    this.#tellWatchers();
  }

  #tellWatchers(): void {
    for (const watcher of this.#watchers) watcher();
  }

  async #waitFor<T>(match: (line: OutputLine) => T | undefined, timeoutMs: number): Promise<T> {
    for (const line of this.#lines) {
      const found = match(line);
      if (found !== undefined) return found;
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (why: string): void => reject(new Error(`${this.#name} ${why}${this.#lastLines()}`));
    let seen = this.#lines.at(-1);
    const look = (): void => {
      const newest = this.#lines.at(-1);
      try {
        const found = newest === undefined || newest === seen ? undefined : match(newest);
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error);
      }
      seen = newest;
      if (this.#ended !== undefined) fail(`ended with ${describe(this.#ended)} before it wrote what was expected`);
    };
    const timer = setTimeout(() => fail(`did not write what was expected within ${timeoutMs} ms`), timeoutMs);
    this.#watchers.add(look);
    try {
      look();
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(look);
    }
  }

  #lastLines(): string {
    const last = this.#lines.slice(-SHOWN_LINES).map(({ stream, text }) => `  ${stream}: ${text}`);
    return last.length === 0 ? '; it wrote nothing' : `; its last lines:\n${last.join('\n')}`;
  }

  #signalGroup(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#ended !== undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // Nobody of the group is left.
    }
  }

  /** Returns what to call when the program has ended. */
  #guard(): () => void {
    const { pid } = this.#child;
    if (pid === undefined) return () => undefined;
    const guard = spawn('sh', ['-c', GUARD_SCRIPT, 'guard', String(pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    // Writing to a guard that somebody killed: the program still works, only without its protection.
    guard.on('error', () => undefined);
    guard.stdin.on('error', () => undefined);
    // Neither the guard nor the pipe to it keeps this process from ending: its end is the message.
    guard.unref();
    if (guard.stdin instanceof Socket) guard.stdin.unref();
    return () => guard.stdin.end('gone\n');
  }
}

/** What a program needs to run at all. Everything else, such as proxy variables, would make it depend on who runs it. */
function basicEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe({ code, signal }: ProgramExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
