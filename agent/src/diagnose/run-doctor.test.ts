import { describe, expect, it } from 'vitest';
import { CastaiError } from '@castai/shared/errors.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { runDoctor } from './run-doctor.ts';

/** A doctor that finds the configuration unusable, so that nothing further is looked at. */
const run = (...args: string[]) =>
  runDoctor(
    args,
    {
      readConfig: () => {
        throw new CastaiError('CONFIG_INVALID', 'API_URL is not set', { hint: 'set it' });
      },
      environment: {},
      version: '1.2.3',
      clock: new ManualClock(),
      secrets: new KnownSecrets(),
    },
    new AbortController().signal,
  );

describe('the sub-command doctor', () => {
  it('ends with 2 for a problem, also where warnings are tolerated', async () => {
    for (const args of [[], ['--tolerate-warnings'], ['--json']]) {
      expect(await run(...args)).toMatchObject({
        exitCode: 2,
        text: expect.stringContaining('API_URL is not set') as string,
      });
    }
  });

  it('writes one JSON document when asked to', async () => {
    const { text } = await run('--json');
    expect(JSON.parse(text)).toMatchObject({ version: '1.2.3' });
  });

  it('explains itself, and ends with 2 for an option that there is not', async () => {
    expect(await run('--help')).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('Exit codes: 0') as string,
    });
    const { exitCode, text } = await run('--fast');
    expect(exitCode).toBe(2);
    expect(text).toMatch(/--fast[\s\S]*castai-agent doctor \[--json\]/u);
  });
});
