import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../async/clock.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecordingServer } from '../../testing/recording-server.ts';
import { COMMON_OPTIONS } from '../config/common-options.ts';
import { HealthChecks } from '../http/health.ts';
import { startAdminServer } from '../http/admin-server.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { createLogger } from '../log/logger.ts';
import { createRegistry } from '../metrics/create-registry.ts';
import { statusCommand } from './status-command.ts';
import type { GivenFlags } from './sub-command.ts';

const NOWHERE = { write: () => true, on: () => undefined };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A program that is ready, or not for a reason. */
async function startProgram(reason?: string): Promise<number> {
  const clock = systemClock;
  const server = await startAdminServer({
    port: 0,
    host: '127.0.0.1',
    health: new HealthChecks({ platform: () => reason }),
    registry: createRegistry({ program: 'castai-program', version: '1.2.3', clock }),
    status: () => ({
      program: 'castai-program',
      version: '1.2.3',
      startedAt: '2026-11-29T00:00:00.000Z',
      sections: [{ title: 'Cluster', rows: { id: 'c-1' } }],
    }),
    secrets: new KnownSecrets(),
    logger: createLogger({ level: 'silent', name: 'castai-program', clock }),
    recentLog: { text: '' },
    clock,
  });
  closing.push(() => server.close());
  return server.port;
}

async function run(environment: Record<string, string>, flags: GivenFlags = {}, stop = new AbortController()) {
  const clock = new ManualClock(Date.UTC(2026, 10, 29));
  let written = '';
  const context = {
    program: 'castai-program',
    version: '1.2.3',
    options: {
      adminHost: COMMON_OPTIONS.adminHost,
      adminPort: { kind: 'integer', variable: 'ADMIN_PORT', default: '9877', min: 0, max: 65_535, meaning: '' },
    } as const,
    environment,
    flags,
    clock,
    secrets: new KnownSecrets(),
    write: (text: string) => (written += text),
    note: () => undefined,
    stdout: NOWHERE,
    stderr: NOWHERE,
    terminal: () => ({ isTerminal: false, columns: undefined, hasColour: false }),
  };
  const ended = statusCommand.run(context, stop.signal);
  return { clock, ended, written: () => written };
}

async function see(environment: Record<string, string>, flags?: GivenFlags): Promise<readonly [number, string]> {
  const { ended, written } = await run(environment, flags);
  return [await ended, written()];
}

describe('the command status', () => {
  it('asks the program of this container by its own variables, and ends with how it is', async () => {
    expect(await see({ ADMIN_PORT: String(await startProgram()) })).toEqual([
      0,
      '✓ ok\n  castai-program 1.2.3, up 0 s\n\nCluster\n  id  c-1\n',
    ]);
    const [code, text] = await see({ ADMIN_PORT: String(await startProgram('registering')), ADMIN_HOST: '::' });
    expect([code, text.split('\n')[0]]).toEqual([1, '! degraded: platform: registering']);
  });

  it('asks at an address, and gives JSON with what readiness says', async () => {
    const port = await startProgram('registering');
    for (const address of [`127.0.0.1:${String(port)}`, `http://localhost:${String(port)}/`]) {
      const [code, text] = await see({ ADMIN_PORT: '1' }, { address, json: true });
      expect([code, JSON.parse(text)]).toMatchObject([
        1,
        { program: 'castai-program', ready: false, notReady: ['platform: registering'] },
      ]);
    }
  });

  it('ends with 3 where nobody answers, or somebody else', async () => {
    const [code, text] = await see({ ADMIN_PORT: '1' });
    expect([code, text.split('\n')[0]]).toEqual([
      3,
      '✗ nobody answers for castai-program at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    ]);
    await using other = await RecordingServer.start();
    const [otherCode, said] = await see({ ADMIN_PORT: other.url.port }, { json: true });
    expect([otherCode, JSON.parse(said)]).toMatchObject([
      3,
      { error: expect.stringContaining('no program of ours') as unknown },
    ]);
  });

  it('refuses an address that cannot be one', async () => {
    for (const [environment, flags] of [
      [{ ADMIN_PORT: '0' }, {}],
      [{ ADMIN_PORT: 'x' }, {}],
      [{}, { address: 'http://' }],
    ] as const) {
      await expect(see(environment, flags)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });

  it('looks again and again until it is stopped, one document a line', async () => {
    const stop = new AbortController();
    const port = await startProgram();
    const { clock, ended, written } = await run({ ADMIN_PORT: String(port) }, { watch: true, json: true }, stop);
    const lines = (): unknown[] =>
      written()
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);
    await expect.poll(lines, { timeout: 20_000 }).toHaveLength(1);
    await clock.advance(2_000);
    await expect.poll(lines, { timeout: 20_000 }).toHaveLength(2);
    stop.abort();
    expect(await ended).toBe(0);
    expect(lines()).toEqual(lines().map(() => expect.objectContaining({ ready: true }) as unknown));
  });
});
