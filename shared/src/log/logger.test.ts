import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Secret } from '../config/secret.ts';
import { CastaiError } from '../errors.ts';
import { createLogger, type LogFields, type Logger, type LogLevel } from './logger.ts';

const start = (
  level: LogLevel = 'info',
): { log: Logger; clock: ManualClock; lines: () => unknown[]; text: () => string } => {
  const written: string[] = [];
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 6, 0, 0));
  const log = createLogger({
    level,
    name: 'castai-agent',
    clock,
    destination: { write: (line) => void written.push(line) },
  });
  return { log, clock, lines: () => written.map((line) => JSON.parse(line) as unknown), text: () => written.join('') };
};

describe('logger', () => {
  it('writes one JSON line with level, time, program, message and fields', () => {
    const { log, text } = start();
    log.info('listing', { feed: 'pods', attempt: 2, delayMs: 50 });
    expect(text()).toBe(
      '{"level":"info","time":"2026-11-21T06:00:00.000Z","program":"castai-agent","feed":"pods","attempt":2,"delayMs":50,"message":"listing"}\n',
    );
  });

  it('writes nothing below its level', () => {
    const { log, text } = start('warn');
    log.debug('a');
    log.info('b');
    expect(text()).toBe('');
    const silent = start('silent');
    silent.log.error('c');
    expect(silent.text()).toBe('');
  });

  it('adds the fields of its parents, nearest first', () => {
    const { log, lines } = start();
    log.child({ component: 'watcher', feed: 'pods' }).child({ feed: 'nodes' }).warn('slow', { count: 3 });
    expect(lines()).toMatchObject([{ level: 'warn', component: 'watcher', feed: 'nodes', count: 3, message: 'slow' }]);
  });

  it('does not interpret a message', () => {
    const { log, lines } = start();
    log.info('50%s of %d {"a":1}', { count: 1 });
    expect(lines()).toMatchObject([{ message: '50%s of %d {"a":1}' }]);
  });

  it('writes errors with code, hint and causes, and the stack only at debug level', () => {
    const error = new CastaiError('KUBE_EXPIRED', 'too old', { cause: new Error('410'), hint: 'none needed' });
    const expected = { code: 'KUBE_EXPIRED', message: 'too old', hint: 'none needed', causes: [{ message: '410' }] };
    const info = start();
    info.log.warn('relist', { error });
    expect(info.lines()).toEqual([
      { level: 'warn', time: '2026-11-21T06:00:00.000Z', program: 'castai-agent', error: expected, message: 'relist' },
    ]);
    const debug = start('debug');
    debug.log.warn('relist', { error });
    expect(debug.lines()).toMatchObject([
      { error: { ...expected, stack: expect.stringContaining('logger.test.ts') as string } },
    ]);
  });

  it('never writes a secret', () => {
    const { log, text } = start('debug');
    const leaky = {
      apiKey: 'hunter2',
      authorization: 'hunter2',
      'X-Api-Key': 'hunter2',
      wrapped: Secret.of('hunter2'),
    };
    log.child(leaky as LogFields).info('Authorization: Bearer hunter2hunter2', { path: 'http://user:hunter2@proxy/' });
    log.error('failed', { error: new Error('header x-api-key: hunter2 refused') });
    expect(text()).not.toContain('hunter2');
    expect(text().match(/\[secret\]/gu)).toHaveLength(8);
  });
});

describe('throttled logger', () => {
  it('writes the first line, keeps back the rest of the interval, and says how many', async () => {
    const { log, clock, lines } = start();
    for (let turn = 0; turn < 5; turn += 1) log.throttled('drop', 60_000).warn('dropped', { count: turn });
    await clock.advance(59_999);
    log.throttled('drop', 60_000).warn('dropped', { count: 5 });
    await clock.advance(1);
    log.throttled('drop', 60_000).warn('dropped', { count: 6 });
    await clock.advance(60_000);
    log.throttled('drop', 60_000).warn('dropped', { count: 7 });
    expect(lines()).toMatchObject([{ count: 0 }, { count: 6, suppressed: 5 }, { count: 7 }]);
    expect(lines()[2]).not.toHaveProperty('suppressed');
  });

  it('tells keys and levels apart, and its children share its turn', () => {
    const { log, lines } = start();
    log.throttled('a', 1_000).warn('a');
    log.throttled('b', 1_000).warn('b');
    log.throttled('a', 1_000).error('worse');
    log.throttled('a', 1_000).child({ feed: 'pods' }).warn('a again');
    expect(lines()).toMatchObject([{ message: 'a' }, { message: 'b' }, { message: 'worse' }]);
  });

  it('does not spend the turn of a level that is switched off', () => {
    const { log, lines } = start('warn');
    log.throttled('a', 1_000).debug('x');
    log.throttled('a', 1_000).warn('y');
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).not.toHaveProperty('suppressed');
  });
});

it('goes on when its lines cannot be written, as on a full disk', () => {
  const script = `
    import { createLogger } from '${import.meta.dirname}/logger.ts';
    const logger = createLogger({ level: 'info', name: 'p', clock: { now: () => 0, monotonicMs: () => 0 } });
    for (let line = 0; line < 3; line += 1) logger.info('lost');
    process.stderr.write('went on');`;
  const args = ['-c', '"$0" --input-type=module -e "$1" > /dev/full', process.execPath, script];
  const { status, stderr } = spawnSync('sh', args, { encoding: 'utf8', env: {} });
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'went on' });
});
