import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { CastaiError } from '../errors.ts';
import { endWithExitCode, type HostProcess, type ProgramParts, runProgram } from './run-program.ts';

/** A process that is none: what is written and which exit code it would end with. */
class FakeProcess extends EventEmitter implements HostProcess {
  written = '';
  exitCode: number | undefined;
  readonly stderr = { write: (text: string) => (this.written += text) };
}

describe('the exit code', () => {
  const f = async (
    error: Error | undefined,
    expected: { exitCode: number | undefined; written: string },
  ): Promise<void> => {
    const host = new FakeProcess();
    await endWithExitCode(host, 'castai-program', async () => {
      if (error !== undefined) throw error;
    });
    expect({ exitCode: host.exitCode, written: host.written }).toEqual(expected);
  };

  it('is left alone when the work ends well', async () => {
    await f(undefined, { exitCode: undefined, written: '' });
  });

  it('is 2 for what an operator has to correct, which is said with its hint and without a stack', async () => {
    await f(new CastaiError('CONFIG_INVALID', 'API_URL is not set', { hint: 'set it' }), {
      exitCode: 2,
      written: 'castai-program: API_URL is not set\nset it\n',
    });
    await f(new CastaiError('PORT_IN_USE', 'port 80 is in use'), {
      exitCode: 2,
      written: 'castai-program: port 80 is in use\n',
    });
  });

  it('is 1 for everything else', async () => {
    await f(new CastaiError('KUBE_UNREACHABLE', 'nobody answers'), {
      exitCode: 1,
      written: 'castai-program: nobody answers\n',
    });
  });

  it('is 1 for a bug, which is shown with its stack', async () => {
    const bug = new TypeError('x is not a function');
    await f(bug, { exitCode: 1, written: `castai-program: x is not a function\n${bug.stack ?? ''}\n` });
  });
});

describe('a program', () => {
  /** Starts one that lasts until it drains; `end` sends what ends it and resolves with its log. */
  const start = (warnings: readonly string[] = []) => {
    const host = new FakeProcess();
    const lines: string[] = [];
    const started = Promise.withResolvers<ProgramParts>();
    const ended = runProgram(
      host,
      {
        name: 'castai-program',
        config: { logLevel: 'info', drainMs: 20_000 },
        warnings,
        clock: new ManualClock(),
        destination: { write: (line: string) => void lines.push(line) },
      },
      async (parts) => {
        started.resolve(parts);
        await parts.lifecycle.run({
          work: ({ draining }) =>
            new Promise((resolve) => draining.addEventListener('abort', () => resolve(), { once: true })),
        });
      },
    );
    const end = async (event: string, reason?: unknown): Promise<unknown[]> => {
      await started.promise;
      host.emit(event, reason);
      await ended;
      return lines.map((line) => JSON.parse(line) as unknown);
    };
    return { host, end, started: started.promise };
  };

  it('drains on a signal, and says so first and last', async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      const { host, end } = start();
      expect(await end(signal)).toMatchObject([
        { level: 'info', program: 'castai-program', message: 'stopping', signal },
        { level: 'info', message: 'stopped', reason: signal },
      ]);
      expect(host.exitCode).toBeUndefined();
    }
  });

  it('aborts on the second signal', async () => {
    const { host, end, started } = start();
    const { lifecycle } = await started;
    host.emit('SIGTERM');
    await end('SIGTERM');
    expect(lifecycle.aborted.reason).toMatchObject({ message: 'SIGTERM, asked again while draining' });
  });

  it('begins its log with what is odd about the environment', async () => {
    const { end } = start(['API_KEYS is set, but there is no such option']);
    expect((await end('SIGTERM'))[0]).toMatchObject({
      level: 'warn',
      message: 'API_KEYS is set, but there is no such option',
    });
  });

  it('stops in good order with exit code 1 when nobody handles a rejection', async () => {
    const { host, end } = start();
    expect(await end('unhandledRejection', new TypeError('nobody awaited this'))).toMatchObject([
      { level: 'error', error: { message: 'nobody awaited this' } },
      { message: 'stopped', reason: 'a bug' },
    ]);
    expect(host.exitCode).toBe(1);
  });

  it('throws what it fails on', async () => {
    const config = { logLevel: 'silent', drainMs: 1000 } as const;
    const running = runProgram(
      new FakeProcess(),
      { name: 'castai-program', config, warnings: [], clock: new ManualClock() },
      () => Promise.reject(new CastaiError('PORT_IN_USE', 'port 80 is in use')),
    );
    await expect(running).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
});
