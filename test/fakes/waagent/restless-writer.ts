import { Worker } from 'node:worker_threads';

/** What the writer writes over and over. */
export interface RewrittenFile {
  readonly path: string;
  /** Written in turn. */
  readonly texts: readonly string[];
}

const WRITER = `
const { workerData } = require('node:worker_threads');
const { openSync, writeSync, closeSync } = require('node:fs');
const { files, restMs, state } = workerData;
const counters = new Int32Array(state);
for (let turn = 0; Atomics.load(counters, 0) === 0; turn += 1) {
  for (const { path, texts } of files) {
    const text = texts[turn % texts.length];
    const file = openSync(path, 'w');
    // In pieces, as buffered writers do.
    const half = Math.floor(text.length * ((turn % 7) + 1) / 8);
    writeSync(file, text.slice(0, half));
    writeSync(file, text.slice(half));
    closeSync(file);
  }
  Atomics.add(counters, 1, 1);
  if (restMs > 0) Atomics.wait(counters, 0, 0, restMs * (turn % 3));
}
`;

/**
 * Rewrites files in place as the Azure agent does, truncated first and without a lock, on another thread until it is disposed
 * of. With `restMs` it leaves them alone for up to twice as long between two rounds.
 */
export class RestlessWriter implements AsyncDisposable {
  readonly #counters = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  constructor(files: readonly RewrittenFile[], restMs = 0) {
    const state = this.#counters.buffer;
    this.#worker = new Worker(WRITER, { eval: true, workerData: { files, restMs, state } });
  }

  /** Rounds that are done. */
  get rounds(): number {
    return Atomics.load(this.#counters, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    Atomics.store(this.#counters, 0, 1);
    Atomics.notify(this.#counters, 0);
    await ended;
  }
}
