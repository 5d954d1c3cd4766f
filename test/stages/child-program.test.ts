import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChildProgram, type ProgramOptions, startProgram } from './child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';

/** Writes that it is ready, counts SIGUSR2, and ends with code 3 on SIGTERM. */
const POLITE = `
let signals = 0;
process.on('SIGUSR2', () => console.log(JSON.stringify({ signals: ++signals })));
process.on('SIGTERM', () => process.exit(3));
setInterval(() => {}, 1_000);
console.error('starting');
console.log(JSON.stringify({ ready: true, args: process.argv.slice(2), env: process.env }));
`;

/** Whether a process runs: a zombie that nobody has collected yet does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  const look = (): boolean => !runs(pid);
  return eventually({ what: `process ${pid} is gone`, look, until: (isGone) => isGone });
}

describe('child program', () => {
  let directory: string;
  let stack: AsyncDisposableStack;
  let written = 0;

  const start = (source: string, more: Partial<ProgramOptions> = {}): ChildProgram => {
    written += 1;
    const entry = join(directory, `program-${written}.mjs`);
    writeFileSync(entry, source);
    return stack.use(startProgram({ entry, name: 'the program', ...more }));
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'castai-child-program-'));
    stack = new AsyncDisposableStack();
  });
  afterEach(async () => {
    await stack.disposeAsync();
    rmSync(directory, { recursive: true });
  });

  it('starts a program with arguments and only the variables it is given, and ends it on request', async () => {
    const program = start(POLITE, { args: ['a', 'b c'], env: { WHAT: 'given' }, nodeArgs: ['--no-warnings'] });
    const ready = await program.waitForJson<{ args: string[]; env: Record<string, string> }>();
    expect(ready.args).toEqual(['a', 'b c']);
    expect(ready.env).toMatchObject({ WHAT: 'given' });
    expect(ready.env).not.toHaveProperty('VITEST');
    await program.waitForLine((text) => text === 'starting');
    expect(await program.stop()).toEqual({ code: 3, signal: null });
    expect(await program.exit).toEqual({ code: 3, signal: null });
    expect(program.lines.map(({ stream }) => stream).sort()).toEqual(['stderr', 'stdout']);
  });

  it('finds lines that were written before and after it was asked', async () => {
    const program = start(POLITE);
    await program.waitForJson(({ ready }) => ready === true);
    const second = program.waitForJson(({ signals }) => signals === 2);
    program.signal('SIGUSR2');
    expect(await program.waitForJson(({ signals }) => signals === 1)).toEqual({ signals: 1 });
    program.signal('SIGUSR2');
    expect(await second).toEqual({ signals: 2 });
    expect(await program.waitForJson(({ signals }) => signals === 1)).toEqual({ signals: 1 });
  });

  it('hands on lines whole, also the last one without an end and one with a line separator in it', async () => {
    const lines: string[] = [];
    const source = `process.stdout.write('é'.repeat(70_000) + '\\n'); process.stdout.write('["a\\u2028b"]\\nlast');`;
    const program = start(source, { onLine: ({ text }) => lines.push(text) });
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(lines).toEqual(['é'.repeat(70_000), '["a\u2028b"]', 'last']);
    expect(await program.waitForJson<string[]>()).toEqual(['a\u2028b']);
  });

  it('keeps at most 4 MiB of output', async () => {
    const program = start(`for (let i = 0; i < 100; i++) console.log(i + ' ' + 'x'.repeat(100_000));`);
    await program.exit;
    expect(program.lines.at(-1)?.text).toMatch(/^99 x/);
    expect(program.lines.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it('fails with the last lines when the program ends early or nothing comes', async () => {
    const early = start(`console.error('no configuration'); process.exitCode = 2;`);
    await expect(early.waitForJson()).rejects.toThrow(
      /the program ended with exit code 2 before it wrote what was expected; its last lines:\n {2}stderr: no configuration/,
    );
    await expect(early.waitForLine((text) => text === 'x')).rejects.toThrow('exit code 2');
    const quiet = start('setInterval(() => {}, 1_000);');
    await expect(quiet.waitForLine(() => true, 1)).rejects.toThrow('within 1 ms; it wrote nothing');
  });

  it('fails with what the condition throws', async () => {
    const program = start(POLITE);
    const isWanted = (): boolean => {
      throw new TypeError('a mistake in the test');
    };
    await expect(program.waitForLine(isWanted)).rejects.toThrow('a mistake in the test');
  });

  it('kills a program that does not heed its signal, and says so', async () => {
    const program = start(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000); console.log('up');`);
    await program.waitForLine((text) => text === 'up');
    await expect(program.stop('SIGTERM', 1)).rejects.toThrow('did not end within 1 ms of SIGTERM');
    expect(await program.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('reports memory and processor time, also after the end', async () => {
    const program = start(
      `const kept = Buffer.alloc(64 * 1024 * 1024, 1);
       const until = Date.now() + 100; while (Date.now() < until);
       setInterval(() => kept.length, 1_000); console.log('full');`,
    );
    await program.waitForLine((text) => text === 'full');
    const usage = program.usage();
    if (usage === undefined) throw new Error('no usage: these tests need /proc');
    const { peakRssBytes, rssBytes, anonymousBytes, peakAnonymousBytes, cpuMs } = usage;
    expect(anonymousBytes).toBeGreaterThan(64 * 1024 * 1024);
    expect(rssBytes).toBeGreaterThan(anonymousBytes);
    expect(peakRssBytes).toBeGreaterThanOrEqual(rssBytes * 0.99);
    expect(peakAnonymousBytes).toBe(anonymousBytes);
    expect(cpuMs).toBeGreaterThan(0);
    await program.stop();
    expect(program.usage()?.peakRssBytes).toBeGreaterThan(64 * 1024 * 1024);
  });

  it('keeps the peak of what it sampled', async () => {
    const program = start(
      `let kept = Buffer.alloc(96 * 1024 * 1024, 1);
       process.on('SIGUSR2', () => { kept = undefined; gc(); console.log('empty'); });
       setInterval(() => {}, 1_000);
       console.log('full');`,
      { nodeArgs: ['--expose-gc'], sampleEveryMs: 10 },
    );
    await program.waitForLine((text) => text === 'full');
    await eventually({
      what: 'a sample saw the buffer',
      look: () => program.usage()?.peakAnonymousBytes ?? 0,
      until: (bytes) => bytes > 96 * 1024 * 1024,
    });
    program.signal('SIGUSR2');
    await program.waitForLine((text) => text === 'empty');
    const usage = await eventually({
      what: 'the buffer is given back',
      look: () => program.usage(),
      until: (seen) => seen !== undefined && seen.anonymousBytes < 96 * 1024 * 1024,
    });
    expect(usage?.peakAnonymousBytes).toBeGreaterThan(96 * 1024 * 1024);
  });

  it('ends with what it started itself, when it is killed and when it ends on its own', async () => {
    const source = (then: string): string =>
      `import { spawn } from 'node:child_process';
       const child = spawn('sleep', ['600'], { stdio: 'inherit' });
       child.once('spawn', () => { console.log(JSON.stringify({ grandchild: child.pid })); ${then} });`;
    for (const [then, end] of [
      ['', (program: ChildProgram) => program.kill()],
      ['setTimeout(() => process.exit(), 10);', (program: ChildProgram) => program.exit],
    ] as const) {
      const program = start(source(then));
      const { grandchild } = await program.waitForJson<{ grandchild: number }>();
      await end(program);
      expect(await gone(grandchild)).toBe(true);
    }
  });

  it('does not outlive a parent that is killed or just ends', async () => {
    const helper = new URL('child-program.ts', import.meta.url).href;
    const entry = join(directory, 'inner.mjs');
    writeFileSync(entry, POLITE);
    const source = (then: string): string =>
      `import { startProgram } from ${JSON.stringify(helper)};
       const inner = startProgram({ entry: ${JSON.stringify(entry)}, name: 'inner' });
       await inner.waitForJson();
       console.log(JSON.stringify({ inner: inner.pid }));
       ${then}`;
    for (const [then, end] of [
      ['', (parent: ChildProgram) => parent.signal('SIGKILL')],
      ['process.exit();', () => undefined],
    ] as const) {
      const parent = start(source(then));
      const { inner } = await parent.waitForJson<{ inner: number }>();
      end(parent);
      await parent.exit;
      expect(await gone(inner)).toBe(true);
    }
  });

  it('says that a program could not be started', async () => {
    const program = start(POLITE, { directory: join(directory, 'absent') });
    await expect(program.waitForJson()).rejects.toThrow('not started');
    expect(await program.exit).toEqual({ code: null, signal: null });
    expect(() => program.pid).toThrow('the program was not started');
  });
});
