/** The program itself, as a process. */
import { describe, expect, it } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../../support/child-program.ts';
import { eventually } from '../../support/eventually.ts';
import { SpotLab } from './spot-lab.ts';

const entry = sourceOf(findProgram('spot-handler'));

function start(env: Readonly<Record<string, string>>): ChildProgram {
  return startProgram({ entry, name: 'spot-handler', env });
}

interface Line {
  readonly message: string;
  readonly port?: number;
}

async function started(program: ChildProgram): Promise<number> {
  const { port = 0 } = await program.waitForJson<Line>(({ message }) => message === 'spot handler started');
  await eventually({
    what: 'the handler is ready',
    look: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status,
    until: (status) => status === 200,
  });
  return port;
}

describe('a configuration that cannot be used', () => {
  it('is one message with all problems, and exit code 2', async () => {
    await using program = start({
      API_URL: 'not a url',
      POLL_INTERVAL_SECONDS: '0.1',
      EVENT_TYPES: 'preempt, explosion',
      PROVIDER: 'ibm',
      API_KEYS: 'x',
    });
    expect((await program.exit).code).toBe(2);
    const text = program.lines.map((line) => line.text).join('\n');
    expect(text).toContain('castai-spot-handler: the configuration is not usable:');
    for (const part of [
      'neither API_KEY nor API_KEY_FILE is set',
      'API_URL="not a url" is not a URL',
      'CLUSTER_ID is not set',
      'NODE_NAME is not set',
      'POLL_INTERVAL_SECONDS="0.1" is out of range',
      'EVENT_TYPES="preempt, explosion" names explosion, which there is not',
      'PROVIDER="ibm" is not one of the choices',
      'API_KEYS is set, but there is no such option: did you mean API_KEY?',
    ]) {
      expect(text).toContain(part);
    }
    expect(program.lines.some(({ text: line }) => line.includes('"level"'))).toBe(false);
  });

  it('such as approving events without evicting is refused with what to do', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await using program = start({ ...lab.environment, ACKNOWLEDGE_EVENTS: 'true' });
    expect((await program.exit).code).toBe(2);
    expect(program.lines.map(({ text }) => text).join('\n')).toContain('set MODE=evict or leave it out');
  });
});

describe('SIGTERM', () => {
  it('0.2 s after a notice lets both effects come about first', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '4' } });
    // The platform is slow, as from another continent on a cold connection.
    await lab.platformProxy.set({ type: 'latency', ms: 150 });
    await using program = start(lab.environment);
    await started(program);
    lab.imds.service.schedule();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const exit = await program.stop('SIGTERM');
    expect(exit).toEqual({ code: 0, signal: null });
    expect(lab.node.isMarked).toBe(true);
    expect(await lab.reports()).toHaveLength(1);
  });

  it('does not end the watch before the grace period does, and costs no time of the processor meanwhile', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '6' } });
    await using program = start(lab.environment);
    await started(program);
    program.signal('SIGTERM');
    await program.waitForJson<Line>(({ message }) => message === 'stopping');
    const before = program.usage()?.cpuMs ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    // Two looks and a warm-up; a loop that spins would take nearly all of two seconds.
    expect((program.usage()?.cpuMs ?? 0) - before).toBeLessThan(500);
    // The notice comes after the signal: on GCP and Azure that is the usual order.
    lab.imds.service.schedule();
    expect(await lab.acted()).toBe(true);
    expect((await program.exit).code).toBe(0);
  });

  it('flushes what waits for its next attempt', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '1' } });
    // A refusal that only an operator can end is tried again after up to 30 s; the flush does not wait for that.
    await lab.control.setApiKeys(['another key']);
    await using program = start(lab.environment);
    await started(program);
    lab.imds.service.schedule();
    await eventually({
      what: 'the report was refused often enough for a long pause',
      look: () => program.lines.filter(({ text }) => text.includes('UNAUTHORIZED')).length,
      until: (count) => count >= 1,
    });
    await lab.control.setApiKeys([]);
    await program.stop('SIGTERM');
    expect(await lab.reports()).toHaveLength(1);
  });

  it('a second one ends it at once', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '600' } });
    await using program = start(lab.environment);
    await started(program);
    program.signal('SIGTERM');
    await program.waitForJson<Line>(({ message }) => message === 'stopping');
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
