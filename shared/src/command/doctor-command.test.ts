import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { type Checks, createDoctorCommand } from './doctor-command.ts';
import { fine, type Finding, trouble } from './finding.ts';
import type { GivenFlags } from './sub-command.ts';

const NOWHERE = { write: () => true, on: () => undefined };

const PROBLEM = trouble('platform', { severity: 'problem', detail: 'refused', cure: 'open the firewall' });
const WARNING = trouble('config', { severity: 'warning', detail: 'odd', cure: 'look' });

function start(diagnose: Checks['diagnose'], flags: GivenFlags = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 29));
  const stop = new AbortController();
  const secrets = new KnownSecrets();
  const seen = { written: '', noted: '' };
  const context = {
    program: 'castai-program',
    version: '1.2.3',
    options: {},
    environment: {},
    flags,
    clock,
    secrets,
    write: (text: string) => (seen.written += text),
    note: (text: string) => (seen.noted += text),
    stdout: NOWHERE,
    stderr: NOWHERE,
    terminal: () => ({ isTerminal: false, columns: undefined, hasColour: false }),
  };
  const ended = createDoctorCommand({ summary: 'Checks.', diagnose }).run(context, stop.signal);
  return { clock, ended, seen, stop, secrets };
}

/** A doctor that finds the same each time. */
const find =
  (...findings: Finding[]): Checks['diagnose'] =>
  (_context, tell) => {
    tell(findings);
    return Promise.resolve();
  };

describe('the command doctor', () => {
  it('ends as badly as the worst finding, where warnings may be tolerated', async () => {
    const f = async (findings: Finding[], flags: GivenFlags, code: number): Promise<void> =>
      expect(await start(find(...findings), flags).ended).toBe(code);
    await f([fine('config', 'well')], {}, 0);
    await f([WARNING], {}, 1);
    await f([WARNING], { 'tolerate-warnings': true }, 0);
    await f([WARNING, PROBLEM], { 'tolerate-warnings': true }, 2);
  });

  it('writes each finding as soon as it is known, and at the end what they mean', async () => {
    const rest = Promise.withResolvers<undefined>();
    const { ended, seen } = start(async (_context, tell) => {
      tell([fine('config', 'every option is valid')]);
      await rest.promise;
      tell([PROBLEM]);
    });
    expect(seen.written).toBe('ok      config            every option is valid\n');
    rest.resolve(undefined);
    expect(await ended).toBe(2);
    expect(seen.written.slice(-144)).toBe(
      'PROBLEM platform          refused\n                          → open the firewall\n\n' +
        '1 ok, 0 warnings, 1 problem: castai-program cannot do its work\n',
    );
  });

  it('says every three seconds that it is still waiting, beside the report', async () => {
    const rest = Promise.withResolvers<undefined>();
    const { clock, ended, seen } = start(() => rest.promise, { json: true });
    await clock.advance(3_000);
    await clock.advance(3_000);
    expect(seen).toEqual({
      written: '',
      noted: 'still waiting for answers, 3 s so far\nstill waiting for answers, 6 s so far\n',
    });
    rest.resolve(undefined);
    await ended;
    expect(clock.pendingTimers).toBe(0);
    expect(JSON.parse(seen.written)).toEqual({
      program: 'castai-program',
      version: '1.2.3',
      result: 'ok',
      findings: [],
    });
  });

  it('shows no secret that a server quoted', async () => {
    const { ended, seen } = start(({ secrets }, tell) => {
      secrets.add('platform key', 'canary-key-0001');
      tell([trouble('api-key', { severity: 'problem', detail: 'canary-key-0001 is bad', cure: 'canary-key-0001' })]);
      return Promise.resolve();
    });
    await ended;
    expect(seen.written).toContain('[secret] is bad');
    expect(seen.written).not.toContain('canary');
  });

  it('waits until there is no problem, and tells meanwhile what is in the way', async () => {
    let looks = 0;
    const { clock, ended, seen } = start(
      (_context, tell) => {
        looks += 1;
        tell(looks < 3 ? [PROBLEM] : [fine('platform', 'reached')]);
        return Promise.resolve();
      },
      { wait: true },
    );
    await clock.advance(5_000);
    await clock.advance(5_000);
    expect(await ended).toBe(0);
    expect(seen.noted).toBe(
      '2026-11-29T00:00:00.000Z waiting for platform\n2026-11-29T00:00:05.000Z waiting for platform\n',
    );
    expect(seen.written).toMatch(/^ok {6}platform {10}reached\n\n1 ok/u);
  });

  it('gives up waiting in time, or when it is told to stop', async () => {
    const late = start(find(PROBLEM), { wait: true, timeout: '12' });
    await late.clock.advance(5_000);
    await late.clock.advance(5_000);
    expect(await late.ended).toBe(2);
    const { ended, stop } = start(find(PROBLEM), { wait: true });
    await Promise.resolve();
    stop.abort(new Error('told to stop'));
    await expect(ended).rejects.toThrow('told to stop');
    await expect(start(find(), { wait: true, timeout: '5m' }).ended).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
