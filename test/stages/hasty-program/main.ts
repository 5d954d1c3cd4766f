/**
 * A program, named by `HASTE_OF`, on a clock that runs `HASTE` times as fast, for tests of what takes minutes: access reviews, discovery,
 * refused keys, fencing, the watchdog. Its time of day is that of everybody else, or ahead of it by `HASTE_AHEAD_MS`. Everything else is the
 * program's own.
 */
import type { FrameConfig } from '@castai/shared/program/program-context.ts';
import { type ProgramSpec, startProgram } from '@castai/shared/program/start-program.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { OffClock } from '@castai/shared/testing/off-clock.ts';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';

type Spec<Config extends FrameConfig> = Pick<ProgramSpec<Config>, 'readConfig' | 'run'>;

/** Only what one program needs is loaded. */
const STARTERS: Readonly<Record<string, () => Promise<void>>> = {
  agent: async () => {
    const { runAgent: run } = await import('@castai/agent/agent.ts');
    const { AGENT_OPTIONS } = await import('@castai/agent/config.ts');
    const { parseOptions } = await import('@castai/shared/config/env.ts');
    await start({ readConfig: (source) => parseOptions(AGENT_OPTIONS, source), run });
  },
  'spot-handler': async () => {
    const { runSpotHandler: run } = await import('@castai/spot-handler/spot-handler.ts');
    const { readSpotHandlerConfig: readConfig } = await import('@castai/spot-handler/read-spot-handler-config.ts');
    await start({ readConfig, run });
  },
  'aks-init-data': async () => {
    const { runInitData } = await import('@castai/aks-init-data/aks-init-data.ts');
    const { readInitDataConfig: readConfig } = await import('@castai/aks-init-data/read-init-data-config.ts');
    const worker = { executable: process.execPath, entry: sourceOf(findProgram('aks-init-data')) };
    await start({ readConfig, run: (context) => runInitData({ ...context, worker }) });
  },
  evictor: async () => {
    const { runEvictor: run } = await import('@castai/evictor/evictor.ts');
    const { readEvictorConfig: readConfig } = await import('@castai/evictor/read-evictor-config.ts');
    await start({ readConfig, run });
  },
  'cluster-controller': async () => {
    const { runClusterController: run } = await import('@castai/cluster-controller/cluster-controller.ts');
    const { readControllerConfig: readConfig } = await import('@castai/cluster-controller/read-controller-config.ts');
    await start({ readConfig, run });
  },
};

async function start<Config extends FrameConfig>({ readConfig, run }: Spec<Config>): Promise<void> {
  const { HASTE, HASTE_AHEAD_MS = '0' } = process.env;
  const clock = new OffClock(new HastyClock(Number(HASTE), 'real'), Number(HASTE_AHEAD_MS));
  await startProgram(process, {
    name: `castai-${String(process.env['HASTE_OF'])}`,
    version: '0.0.0-hasty',
    readConfig,
    // Its log, its end and its wall clock keep the time of everybody else: servers date their answers.
    run: (context) => run({ ...context, clock }),
  });
}

await STARTERS[process.env['HASTE_OF'] ?? '']?.();
