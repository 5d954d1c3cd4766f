import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '@castai/shared/async/clock.ts';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { DATA_PROBLEMS, DataProblem } from '../read/data-problem.ts';
import type { Extracted, ExtractJob, Extractor, WorkerAnswer } from './extract-job.ts';
import type { WorkerRequest } from './serve-worker.ts';

/** How workers are started. */
export interface WorkerOptions {
  /** Node itself. */
  readonly executable: string;
  /** This program's main file; called with the one argument `extract`. */
  readonly entry: string;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/**
 * Keeps the inspector shut, which a signal would open otherwise, and the heap small. No other option, no environment: not
 * NODE_OPTIONS, not the API key.
 */
const WORKER_FLAGS = ['--disable-sigusr1', '--max-old-space-size=64', '--max-semi-space-size=2'];
/** Five readings with their pauses take 20 seconds at most. */
const DEADLINE_MS = 60_000;
/** The document has at most two parts of 1 MiB, in base64, and again when it is sealed. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Extracts in a process of its own that lives for the moment of the work. Strings, parsed keys and OpenSSL's own copies
 * cannot be overwritten; the end of a process takes them all away, so this long-lived one never holds a key or plaintext:
 * a core dump or a heap snapshot of it shows neither.
 */
export class WorkerExtractor implements Extractor {
  readonly #options: WorkerOptions;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  async extract(job: ExtractJob, signal: AbortSignal): Promise<Extracted> {
    return this.#run(job, signal);
  }

  /** Whether the crypto of this Node does what is needed. Throws `DataProblem` `crypto-unsuitable` when it does not. */
  async selfTest(signal: AbortSignal): Promise<void> {
    await this.#run('self-test', signal);
  }

  async #run(request: WorkerRequest, signal: AbortSignal): Promise<Extracted> {
    const overdue = (): DataProblem => failed(`it took longer than ${DEADLINE_MS / 1000} s`);
    const deadline = { ms: DEADLINE_MS, clock: this.#options.clock, overdue };
    return withDeadline(deadline, async (ending) => parse(await this.#answer(JSON.stringify(request), ending)), signal);
  }

  /** What a worker writes. Its process has ended when this settles; it is killed when the signal aborts. */
  async #answer(request: string, ending: AbortSignal): Promise<Buffer> {
    const { executable, entry } = this.#options;
    const child = spawn(executable, [...WORKER_FLAGS, entry, 'extract'], {
      env: {},
      // Its standard error could only tell what must not be told.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const kill = (): void => void child.kill('SIGKILL');
    ending.addEventListener('abort', kill, { once: true });
    try {
      return await collect(child, request);
    } finally {
      ending.removeEventListener('abort', kill);
    }
  }
}

async function collect(child: ChildProcess, request: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.once('error', () => reject(failed('it could not be started')));
  child.stdin?.on('error', () => undefined).end(request);
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  child.once('close', (code, signal) => {
    const answer = Buffer.concat(chunks);
    // In compatibility mode a document in the clear has come through them; whoever gets the answer overwrites that.
    for (const chunk of chunks) chunk.fill(0);
    if (code === 0) resolve(answer);
    else reject(failed(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`));
  });
  return promise;
}

function parse(output: Buffer): Extracted {
  const end = output.indexOf('\n');
  if (end < 0) throw failed('it gave no answer');
  const answer = parseAnswer(output.toString('utf8', 0, end));
  if (answer.ok) return { facts: answer.facts, body: output.subarray(end + 1) };
  const { kind, message, details } = answer;
  throw DataProblem.restore(kind, message, details);
}

function parseAnswer(line: string): WorkerAnswer {
  try {
    const answer: unknown = JSON.parse(line);
    if (isAnswer(answer)) return answer;
  } catch {
    // V8's message quotes the text.
  }
  throw failed('its answer makes no sense');
}

/** The same program wrote it, so its parts are what they should be; a kind of a condition is one of the closed set all the same. */
function isAnswer(value: unknown): value is WorkerAnswer {
  if (!isRecord(value)) return false;
  const { ok, facts, kind, message, details } = value;
  if (ok === true) return isRecord(facts);
  const isKnown = DATA_PROBLEMS.some((one) => one === kind);
  return ok === false && isKnown && typeof message === 'string' && isRecord(details);
}

function failed(why: string): DataProblem {
  return new DataProblem('worker-failed', `the extraction did not come to an end: ${why}`, {
    hint: 'look at the memory limit of the container, and for seccomp or AppArmor denials of starting a process',
  });
}
