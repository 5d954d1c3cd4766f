import type { Readable, Writable } from 'node:stream';
import { generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { systemClock } from '@castai/shared/async/clock.ts';
import { DataProblem } from '../read/data-problem.ts';
import { testCrypto } from '../decrypt/crypto-self-test.ts';
import { extractData } from './extract-data.ts';
import type { Extracted, ExtractJob, WorkerAnswer } from './extract-job.ts';

/** A job, or the question whether this Node can decrypt at all. */
export type WorkerRequest = ExtractJob | 'self-test';

/** What a worker has of its process. */
export interface WorkerProcess {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Of the Node that runs it. */
  readonly version: string;
}

/**
 * The worker's whole life: reads one request from its input, does it, writes the answer and the body. Everything that it
 * held ends with its process. Nothing is written anywhere else, whatever happens.
 */
export async function serveWorker({ stdin, stdout, version }: WorkerProcess): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) if (chunk instanceof Buffer) chunks.push(chunk);
  const [answer, body] = await answerTo(Buffer.concat(chunks).toString(), version);
  stdout.write(`${JSON.stringify(answer)}\n`);
  stdout.end(body);
}

async function answerTo(request: string, nodeVersion: string): Promise<[WorkerAnswer, Buffer]> {
  try {
    const { facts, body } = await perform(request, nodeVersion);
    return [{ ok: true, facts }, body];
  } catch (error) {
    const problem =
      error instanceof DataProblem
        ? error
        : // Its message may quote what it failed on, so not even the name of the error goes out.
          new DataProblem('worker-failed', 'the extraction failed in a way that it should not', {
            hint: 'a bug: report it with the version of this program; what it failed on may be secret and is told nowhere',
          });
    const { kind, details, message } = problem;
    return [{ ok: false, kind, message, details }, Buffer.alloc(0)];
  }
}

const NOTHING: Extracted = {
  facts: {
    fingerprint: '',
    customDataBytes: 0,
    settingsBytes: 0,
    shape: 'absent',
    settingsSource: 'public',
    extensionVersion: '',
    sequence: 0,
    oids: [],
  },
  body: Buffer.alloc(0),
};

async function perform(text: string, nodeVersion: string): Promise<Extracted> {
  // Our own parent wrote it, the same program.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const request = JSON.parse(text) as WorkerRequest;
  if (request === 'self-test') {
    testCrypto({ nodeVersion, generateKeyPairSync, privateDecrypt });
    return NOTHING;
  }
  return extractData(request, { clock: systemClock }, new AbortController().signal);
}
