import { rmSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FakeWaagent } from '@castai/test/fakes/waagent.ts';
import { expect, it } from 'vitest';
import type { ExtractJob, WorkerAnswer } from './extract-job.ts';
import { serveWorker } from './serve-worker.ts';

const never = { fingerprintKey: 'AAAA', isCustomDataOptional: false } as const;
const facts = { kind: 'facts' } as const;

/** What a worker writes about a request. */
async function worker(request: string): Promise<{ answer: WorkerAnswer; body: Buffer; output: string }> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  stdin.end(request);
  const [output] = await Promise.all([buffer(stdout), serveWorker({ stdin, stdout, version: process.version })]);
  const end = output.indexOf('\n');
  const answer = JSON.parse(output.toString('utf8', 0, end)) as WorkerAnswer;
  return { answer, body: output.subarray(end + 1), output: output.toString('latin1') };
}

it('of an error that nobody expected nothing is said, neither its words nor its name: it may quote what it failed on', async () => {
  const expected: WorkerAnswer = {
    ok: false,
    kind: 'worker-failed',
    message: 'the extraction failed in a way that it should not',
    details: {
      hint: 'a bug: report it with the version of this program; what it failed on may be secret and is told nowhere',
    },
  };
  using node = new FakeWaagent();
  const context = { clusterId: 'c', agentPool: 'p', architecture: 'a', capturedAt: '', told: [] };
  const sealed = { kind: 'sealed', keyId: 'k', publicKey: 'canary', context, receipt: 'canary' } as const;
  const requests = [
    // V8 quotes a text that is no JSON, OpenSSL says what is wrong with a key, and a bug has words of its own.
    '{"root": canary-of-the-job}',
    JSON.stringify({ ...never, root: node.root, output: sealed } satisfies ExtractJob),
    JSON.stringify({ ...never, root: node.root, fingerprintKey: { canary: 1 }, output: facts }),
    'null',
  ];
  for (const request of requests) {
    const { answer, body, output } = await worker(request);
    expect([request, answer, body.length]).toEqual([request, expected, 0]);
    expect(output).not.toMatch(/canary|Error/u);
  }
});

it('a condition of the data keeps its words, which are ours', async () => {
  using node = new FakeWaagent();
  rmSync(node.keyFile);
  const { answer } = await worker(JSON.stringify({ ...never, root: node.root, output: facts } satisfies ExtractJob));
  expect(answer).toMatchObject({ ok: false, kind: 'key-missing', details: { hint: expect.any(String) as string } });
});

it('the answer is a line, and the body follows as it is', async () => {
  using node = new FakeWaagent();
  const output = { kind: 'clear', architecture: 'amd64' } as const;
  const { answer, body } = await worker(JSON.stringify({ ...never, root: node.root, output } satisfies ExtractJob));
  expect(answer).toMatchObject({ ok: true, facts: { customDataBytes: node.customData.length } });
  expect(JSON.parse(body.toString())).toMatchObject({ protectedSettingsBase64: node.settings.toString('base64') });
});
