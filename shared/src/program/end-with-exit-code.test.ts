import { describe, expect, it } from 'vitest';
import { CastaiError } from '../errors.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { type EndingProcess, endWithExitCode } from './end-with-exit-code.ts';

/** A process that is none: what is written and which exit code it would end with. */
class FakeProcess implements EndingProcess {
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
    await endWithExitCode(host, { name: 'castai-program', secrets: new KnownSecrets() }, async () => {
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
