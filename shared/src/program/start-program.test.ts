import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { parseOptions } from '../config/env.ts';
import { COMMON_OPTIONS } from '../config/common-options.ts';
import { defineOptions } from '../config/option-table.ts';
import { HealthChecks } from '../http/health.ts';
import { LogRing } from '../log/log-ring.ts';
import { createRegistry } from '../metrics/create-registry.ts';
import type { FrameConfig, ProgramContext } from './program-context.ts';
import { type HostProcess, type ProgramSpec, startProgram } from './start-program.ts';

const { apiKey, adminHost, logLevel, logFormat } = COMMON_OPTIONS;

const OPTIONS = defineOptions({
  apiKey,
  adminHost,
  logLevel,
  logFormat,
  adminPort: { kind: 'integer', variable: 'ADMIN_PORT', min: 0, max: 65_535, default: '0', meaning: 'A port.' },
  drainMs: { kind: 'duration', variable: 'DRAIN', minMs: 0, maxMs: 60_000, default: '20s', meaning: 'A time.' },
});

/** A process that is none: what is written, and which exit code it would end with. */
class FakeProcess extends EventEmitter implements HostProcess {
  readonly env: Record<string, string | undefined>;
  written = '';
  exitCode: number | undefined;
  readonly stdout = {};
  readonly stderr = { write: (text: string) => (this.written += text) };

  constructor(env: Readonly<Record<string, string>>) {
    super();
    this.env = { ...env };
  }
}

const untilDrained = async ({ lifecycle }: ProgramContext): Promise<void> =>
  lifecycle.run({
    work: ({ draining }) =>
      new Promise((resolve) => draining.addEventListener('abort', () => resolve(), { once: true })),
  });

/** Starts a program; `log` is what it has written when it has ended. */
function start(run: ProgramSpec<FrameConfig>['run'], variables: Readonly<Record<string, string>> = {}) {
  const host = new FakeProcess({ API_KEY: 'k', ADMIN_HOST: '127.0.0.1', ...variables });
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const lines: string[] = [];
  const begun = Promise.withResolvers<ProgramContext>();
  const ended = startProgram(
    host,
    {
      name: 'castai-program',
      version: '1.2.3',
      readConfig: (source) => parseOptions(OPTIONS, { ...source, prefixes: ['API_'] }),
      run: async (context) => {
        begun.resolve(context);
        await run(context);
      },
    },
    {
      clock,
      random: () => 0.5,
      readFile: () => '',
      createId: () => 'id-1',
      destination: { write: (line: string) => void lines.push(line) },
    },
  );
  const log = async (): Promise<unknown[]> => {
    await ended;
    return lines.map((line) => JSON.parse(line) as unknown);
  };
  const text = async (): Promise<string> => {
    await ended;
    return lines.join('');
  };
  const neverStarted = ended.then(() => {
    throw new Error(`the program ended before it ran: ${host.written}${lines.join('')}`);
  });
  // Whoever waits for the start learns why there was none; for all others it is no news.
  const started = Promise.race([begun.promise, neverStarted]);
  started.catch(() => undefined);
  return { host, clock, ended, started, log, text };
}

describe('a program', () => {
  it('verifies certificates whatever NODE_TLS_REJECT_UNAUTHORIZED says, and says so', async () => {
    const { host, started, log } = start(untilDrained, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    await started;
    expect(host.env).not.toHaveProperty('NODE_TLS_REJECT_UNAUTHORIZED');
    host.emit('SIGTERM');
    expect((await log())[0]).toMatchObject({
      level: 'warn',
      message: 'NODE_TLS_REJECT_UNAUTHORIZED is ignored: certificates are always verified',
    });
  });

  it('says which options of Node somebody else has given it', async () => {
    const { host, started, log } = start(untilDrained, { NODE_OPTIONS: '--require=/otel/register.js' });
    await started;
    host.emit('SIGTERM');
    expect((await log())[0]).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/^NODE_OPTIONS.*--require;/u),
    });
  });

  it('writes and shows no secret that is in use, whoever quotes it: log, admin endpoints, standard error', async () => {
    const { host, log } = start(async (context) => {
      const { secrets, logger } = context;
      secrets.add('platform key', 'canary-key-0001');
      const quoted = 'the key canary-key-0001 is not valid';
      logger.child({ reason: quoted }).warn(quoted, { path: '/canary-key-0001', error: new Error(quoted) });
      const registry = createRegistry({ program: 'castai-program', version: '1.2.3', clock: context.clock });
      registry.gauge({ name: 'castai_program_x', help: quoted }).set(1);
      const health = new HealthChecks({ platform: () => `${quoted}; canary-key…; and a hint` });
      const sections = [{ title: 'Problems', rows: [{ what: quoted }] }];
      const status = () => ({ program: 'castai-program', version: '1.2.3', startedAt: '', sections });
      const port = await context.serveAdmin({ health, registry, status });
      for (const path of ['/readyz', '/readyz?format=json', '/statusz', '/statusz?format=json', '/metrics', '/logz']) {
        const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
        expect([path, text.includes('canary-key')]).toEqual([path, false]);
        expect(text).toContain('the key [secret] is not valid');
      }
      throw new Error(quoted);
    });
    const lines = await log();
    expect(lines).toMatchObject([
      {
        message: 'the key [secret] is not valid',
        reason: 'the key [secret] is not valid',
        path: '/[secret]',
        error: { message: 'the key [secret] is not valid' },
      },
    ]);
    expect(JSON.parse(host.written)).toMatchObject({ error: { message: 'the key [secret] is not valid' } });
    expect(host.written + JSON.stringify(lines)).not.toContain('canary-key');
  });

  it('takes no notice of SIGUSR1 but a line, where Node would open its inspector', async () => {
    const { host, started, log } = start(untilDrained);
    await started;
    expect(host.listenerCount('SIGUSR1')).toBe(1);
    host.emit('SIGUSR1');
    host.emit('SIGTERM');
    expect((await log())[0]).toMatchObject({ level: 'warn', message: 'SIGUSR1 is ignored' });
  });

  it('drains on a signal, and says so first and last', async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      const { host, started, log } = start(untilDrained);
      await started;
      host.emit(signal);
      expect(await log()).toMatchObject([
        {
          level: 'info',
          program: 'castai-program',
          message: 'stopping',
          signal,
          hint: 'what waits has 20s to go out; another signal ends it at once',
        },
        { level: 'info', message: 'stopped', reason: signal },
      ]);
      expect([host.exitCode, host.written]).toEqual([undefined, '']);
    }
  });

  it('logs as LOG_FORMAT says, its end on the standard error as well', async () => {
    const { host, started, text } = start(untilDrained, { LOG_FORMAT: 'text', NODE_NAME: ' node-1 ' });
    await started;
    host.emit('SIGTERM');
    expect(await text()).toBe(
      '2026-01-01T00:00:00.000Z INFO  stopping node=node-1 signal=SIGTERM → what waits has 20s to go out; another signal ends it at once\n' +
        '2026-01-01T00:00:00.000Z INFO  stopped node=node-1 reason=SIGTERM\n',
    );
    const refused = start(untilDrained, { LOG_FORMAT: 'text', NODE_NAME: 'node-1', ADMIN_PORT: 'x' });
    await refused.ended;
    expect(refused.host.written).toMatch(
      /^2026-01-01T00:00:00.000Z ERROR the configuration is not usable: ADMIN_PORT="x" is .* node=node-1 check=config .*\n$/u,
    );
  });

  it('names its node in every line where it has one', async () => {
    const { host, started, log } = start(untilDrained, { NODE_NAME: 'node-1', ADMIN_HOSTT: 'x' });
    await started;
    host.emit('SIGUSR1');
    host.emit('SIGTERM');
    const lines = await log();
    expect(lines).toHaveLength(4);
    expect(lines).toEqual(lines.map(() => expect.objectContaining({ node: 'node-1' }) as unknown));
  });

  it('aborts on the second signal', async () => {
    const { host, started, ended } = start(untilDrained);
    const { lifecycle } = await started;
    host.emit('SIGTERM');
    host.emit('SIGTERM');
    await ended;
    expect(lifecycle.aborted.reason).toMatchObject({ message: 'SIGTERM, asked again while draining' });
  });

  it('runs with what its options say and with what the process is', async () => {
    const { host, started, ended } = start(untilDrained, { ADMIN_PORT: '9101', LOG_LEVEL: 'warn', HTTPS_PROXY: 'p' });
    const { config, environment, lifecycle: _, clock: __, logger: ___, secrets: ____, random, ...rest } = await started;
    host.emit('SIGTERM');
    await ended;
    expect(config).toMatchObject({ adminPort: 9101, logLevel: 'warn', drainMs: 20_000 });
    expect(environment['HTTPS_PROXY']).toBe('p');
    expect(random()).toBe(0.5);
    expect(rest).toEqual({
      name: 'castai-program',
      version: '1.2.3',
      userAgent: 'castai-program/1.2.3',
      instanceId: 'id-1',
      startedAtMs: Date.UTC(2026, 0, 1),
      broken: expect.any(Function) as unknown,
      recentLog: expect.any(LogRing) as unknown,
      serveAdmin: expect.any(Function) as unknown,
    });
  });

  it('begins its log with what is odd about the environment', async () => {
    const { host, started, log } = start(untilDrained, { API_KEYS: 'x' });
    await started;
    host.emit('SIGTERM');
    expect((await log())[0]).toMatchObject({
      level: 'warn',
      message: 'API_KEYS is set, but there is no such option: did you mean API_KEY?',
    });
  });

  it('does not run when its options are not usable, and exits with 2', async () => {
    let hasRun = false;
    const { host, log } = start(async () => void (hasRun = true), { ADMIN_PORT: 'x', LOG_LEVEL: 'loud' });
    expect(await log()).toEqual([]);
    expect([hasRun, host.exitCode]).toEqual([false, 2]);
    expect(JSON.parse(host.written)).toMatchObject({
      level: 'error',
      program: 'castai-program',
      message: expect.stringMatching(/^the configuration is not usable: LOG_LEVEL=.*; ADMIN_PORT=/u) as unknown,
    });
  });

  it('stops in good order with exit code 1 when nobody handles a rejection', async () => {
    const { host, started, log } = start(untilDrained);
    await started;
    host.emit('unhandledRejection', new TypeError('nobody awaited this'));
    expect(await log()).toMatchObject([
      { level: 'error', error: { message: 'nobody awaited this' } },
      { message: 'stopped', reason: 'a bug' },
    ]);
    expect(host.exitCode).toBe(1);
  });

  it('drains when a part tells of a bug, and ends with the first one', async () => {
    const { host, started, log } = start(untilDrained);
    const { broken, lifecycle } = await started;
    broken(new TypeError('x is not a function'));
    broken(new Error('another'));
    expect(await log()).toEqual([]);
    expect(lifecycle.draining.reason).toMatchObject({ message: 'a bug: x is not a function' });
    expect(host.exitCode).toBe(1);
    expect(JSON.parse(host.written)).toMatchObject({ error: { message: 'x is not a function' } });
    expect(host.written).not.toContain('another');
  });

  it('shows its admin endpoints until it has ended, however it ends', async () => {
    const ports: number[] = [];
    const show = async (context: ProgramContext): Promise<void> => {
      const registry = createRegistry({ program: 'castai-program', version: '1.2.3', clock: context.clock });
      const health = new HealthChecks({ platform: () => 'away' });
      const status = () => ({ program: 'castai-program', version: '1.2.3', startedAt: '', sections: [] });
      const port = await context.serveAdmin({ health, registry, status });
      ports.push(port);
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      expect([response.status, await response.text()]).toEqual([503, 'platform: away\n']);
      await expect(context.serveAdmin({ health, registry, status })).rejects.toThrow('BUG:');
    };
    const well = start(show);
    await well.ended;
    const badly = start(async (context) => {
      await show(context);
      throw new Error('boom');
    });
    await badly.ended;
    expect([well.host.exitCode, badly.host.exitCode]).toEqual([undefined, 1]);
    expect(ports).toHaveLength(2);
    for (const port of ports) await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow('fetch failed');
  });
});
