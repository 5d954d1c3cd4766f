import { eventually } from '@castai/shared/testing/eventually.ts';
import { expect } from 'vitest';
import type { StagedProgram } from '../../stages/staged-program.ts';
import type { FaultRow } from './fault-table.ts';
import { Place, type Surroundings } from './place.ts';
import type { ProgramFault } from './program-fault.ts';
import { hostOf, type Hosts, told } from './told.ts';

const PATIENCE_MS = 300_000;

/** Brings a fault about, and tells how the program looks meanwhile and what is left of it in the end. */
export async function meetFault<World>(
  surroundings: Surroundings<World>,
  fault: ProgramFault<World>,
): Promise<FaultRow> {
  await using place = await Place.start(surroundings);
  const env = (await fault.before?.(place)) ?? {};
  const program = await place.startProgram(env);
  const scene: Scene<World> = { place, program, env, text: (words) => told(words, hostsOf(place, env)) };
  if (fault.after !== undefined) {
    await program.untilReady();
    await program.untilCause('');
    await fault.after(place, program);
  }
  const row = await look(fault, scene);
  if (fault.end === undefined || fault.cause === '') return row;
  await fault.end(place);
  await program.untilCause('', PATIENCE_MS);
  await program.untilReady();
  return { ...row, ended: scene.text(await endOf(program, fault)) };
}

interface Scene<World> {
  readonly place: Place<World>;
  readonly program: StagedProgram;
  readonly env: Readonly<Record<string, string>>;
  /** Leaves out what differs from run to run. */
  readonly text: (words: string) => string;
}

function hostsOf<World>({ env: usual, ground }: Place<World>, env: Readonly<Record<string, string>>): Hosts {
  const all: Readonly<Record<string, string | undefined>> = { ...usual, ...env };
  const addresses = [
    [ground.platform.url, 'platform'],
    [all['API_URL'], 'platform'],
    [ground.cluster.network.url, 'api-server'],
    [all['HTTPS_PROXY'], 'proxy'],
    [all['IMDS_URL'], 'metadata-service'],
  ] as const;
  return addresses.flatMap(([url, name]) => (url === undefined ? [] : [[hostOf(url), name] as const]));
}

/** What it looks like while it is there. */
async function look<World>(
  { title, cause, isReady, why = '', isUnseenByDoctor }: ProgramFault<World>,
  { place, program, env, text }: Scene<World>,
): Promise<FaultRow> {
  const { verdict } = await eventually({
    what: `the verdict is ${cause === '' ? 'ok' : `${cause}: ${why}`}, and the program ${isReady ? '' : 'not '}ready`,
    look: async () => {
      const { verdict: now } = await program.health();
      return { verdict: now, ready: (await program.readiness()).ready };
    },
    until: (seen) => seen.verdict.cause === cause && seen.verdict.why.includes(why) && seen.ready === isReady,
    timeoutMs: PATIENCE_MS,
  });
  const began =
    cause === ''
      ? ''
      : await eventually({
          what: 'the log says that it began',
          look: () => program.log.find(({ level, check }) => level === 'warn' && check === cause)?.message ?? '',
          until: (line) => line !== '',
        });
  const examined = isUnseenByDoctor ? undefined : await place.examine(env);
  return {
    title,
    verdict: { ...verdict, why: text(verdict.why), address: text(verdict.address), cure: text(verdict.cure) },
    readiness: isReady ? 'ready' : 'not ready',
    began: text(began),
    ended: '',
    doctor: examined?.findings
      .filter(({ severity }) => severity === 'warning' || severity === 'problem')
      .map(({ id, severity, detail, cure }) => text(`${severity.toUpperCase()} \`${id}\`: ${detail} → ${cure}`)),
  };
}

/** One line that it is over, and one problem that is greyed. */
async function endOf<World>(program: StagedProgram, { cause }: ProgramFault<World>): Promise<string> {
  const linesOf = (wanted: string) => program.log.filter(({ level, check }) => level === wanted && check === cause);
  const ends = await eventually({
    what: 'the log says that it is over',
    look: () => linesOf('info'),
    until: (lines) => lines.length > 0,
  });
  const { problems } = await program.health();
  expect({
    lines: [linesOf('warn').length, ends.length],
    problems: problems.filter((problem) => problem.cause === cause).map(({ endedAt }) => endedAt !== undefined),
    present: problems.filter(({ endedAt }) => endedAt === undefined),
  }).toEqual({ lines: [1, 1], problems: [true], present: [] });
  return ends[0]?.message ?? '';
}
