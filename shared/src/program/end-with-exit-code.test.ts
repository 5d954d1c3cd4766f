import { describe, expect, it } from 'vitest';
import { CastaiError } from '../errors.ts';
import { type EndingProcess, endWithExitCode } from './end-with-exit-code.ts';

describe('the exit code', () => {
  const f = async (
    error: Error | undefined,
    expected: { exitCode: number | undefined; told: readonly string[] },
  ): Promise<void> => {
    const host: EndingProcess = { exitCode: undefined };
    const told: string[] = [];
    const tell = ({ code, message }: CastaiError): number => told.push(`${code}: ${message}`);
    await endWithExitCode(host, tell, async () => {
      if (error !== undefined) throw error;
    });
    expect({ exitCode: host.exitCode, told }).toEqual(expected);
  };

  it('is left alone when the work ends well', async () => {
    await f(undefined, { exitCode: undefined, told: [] });
  });

  it('is 2 for what an operator has to correct', async () => {
    for (const code of ['CONFIG_INVALID', 'CONFIG_FILE_UNREADABLE', 'IDENTITY_UNKNOWN', 'PORT_IN_USE'] as const) {
      await f(new CastaiError(code, 'not usable'), { exitCode: 2, told: [`${code}: not usable`] });
    }
  });

  it('is 1 for everything else, a bug among it', async () => {
    await f(new CastaiError('KUBE_UNREACHABLE', 'nobody answers'), {
      exitCode: 1,
      told: ['KUBE_UNREACHABLE: nobody answers'],
    });
    await f(new TypeError('x is not a function'), { exitCode: 1, told: ['INTERNAL: x is not a function'] });
  });
});
