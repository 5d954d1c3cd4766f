import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One server that was started, until it ends. */
export interface ServerProcess {
  /** Settles when the process has ended, with words that say how: "exit code 1", "signal SIGKILL". */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** Sends a signal; nothing happens when the process has ended. */
  signal(name: NodeJS.Signals): void;
  /** The last lines that the server wrote, for error messages. */
  lastLines(): Promise<string>;
}

/** Program and arguments of one server; `name` also names its log file. */
export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Waits for its input to end, which the operating system brings about however the parent goes, SIGKILL included, and
 * then ends what the last line named and removes the folder. An empty last line means that nothing is left to end.
 * Ignores what Ctrl-C sends to every process of the terminal: it must outlive its parent.
 */
const GUARD_SCRIPT = `
trap '' INT TERM HUP
pids=
while read -r line; do pids=$line; done
[ -n "$pids" ] && kill -KILL $pids
rm -rf "$1"
`;

const KEPT_LINES = 25;

/**
 * The server processes of one cluster and the folder they write to. Every process ends and the folder is removed when
 * the group is stopped or when this process ends in any way.
 */
export class ProcessGroup {
  readonly directory: string;
  readonly #running = new Set<ChildProcess>();
  readonly #guard: ChildProcess;

  /** Takes over `directory`, which must be absolute, exist and belong to this group alone. */
  constructor(directory: string) {
    this.directory = directory;
    this.#guard = spawn('sh', ['-c', GUARD_SCRIPT, 'guard', directory], { stdio: ['pipe', 'ignore', 'ignore'] });
    // Writing to a guard that somebody killed: the group still works, only without its protection.
    this.#guard.stdin?.on('error', () => undefined);
    this.#guard.unref();
  }

  /** Starts a server whose output goes to `<name>.log` in the folder. */
  start(command: ServerCommand): ServerProcess {
    const logFile = join(this.directory, `${command.name}.log`);
    const log = openSync(logFile, 'a');
    const child = spawn(command.program, command.args, { cwd: this.directory, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#running.add(child);
    this.#tellGuard();
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    }).finally(() => {
      this.#running.delete(child);
      this.#tellGuard();
    });
    return {
      ended,
      hasEnded: () => !this.#running.has(child),
      signal: (name) => void child.kill(name),
      lastLines: async () => (await readFile(logFile, 'utf8')).split('\n').slice(-KEPT_LINES).join('\n'),
    };
  }

  /** Ends every process at once, without grace, and removes the folder. */
  async stop(): Promise<void> {
    const children = [...this.#running].filter((child) => child.pid !== undefined);
    await Promise.all(children.map(endNow));
    const removed = new Promise<void>((resolve) => {
      this.#guard.once('exit', () => resolve());
      if (hasExited(this.#guard)) resolve();
    });
    this.#guard.ref();
    this.#guard.stdin?.end();
    await removed;
  }

  #tellGuard(): void {
    const pids = [...this.#running].flatMap((child) => child.pid ?? []);
    if (this.#guard.stdin?.writable === true) this.#guard.stdin.write(`${pids.join(' ')}\n`);
  }
}

async function endNow(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGKILL');
  await exited;
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
