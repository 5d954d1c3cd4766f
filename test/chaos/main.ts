/**
 * `npm run chaos -- controller|agent`: random runs, one after another and each with the next seed, for so long (one run unless told; of the agent one
 * of each encoding on each wire). Prints each seed before it is run; exit code 1 with what was found at the first run that breaks a promise, 2 for a
 * call that cannot be meant. `evictor` is a test of a tier, with more of what it does: `run-tier.ts`.
 */
import { readCall, refuseCall } from '../../scripts/read-call.ts';
import { isCombination, repeatAgentChaos } from './agent-runs.ts';
import { runControllerChaos } from './controller/controller-chaos.ts';
import { runTier } from './run-tier.ts';

const ROUNDS = 24;
const NUMBER = /^\d{1,9}(?:\.\d{1,3})?$/u;

const USAGE = `npm run chaos -- controller [--minutes N] [--seed S]
npm run chaos -- agent [--minutes N] [--seed S] [--steps N] [--wire ingest|agent-deltas] [--encoding json|auto]
npm run chaos -- evictor [plans] [seed]

Random runs of what goes wrong, until a promise is broken, the time is over or the steps are done; each prints its seed.`;

const { positionals, values } = readCall(USAGE, {
  operands: true,
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    steps: { type: 'string' },
    wire: { type: 'string' },
    encoding: { type: 'string' },
  },
});
const { minutes = '0', seed = String(Date.now() % 1_000_000_000), steps = '40', ...chosen } = values;
const tierCode = await runTier(positionals);
const kind = positionals.join(' ');
if (tierCode !== undefined) process.exitCode = tierCode;
else if (kind !== 'controller' && kind !== 'agent') refuseCall(USAGE, `${JSON.stringify(kind)} is none of these runs`);
else if (![minutes, seed, steps].every((number) => NUMBER.test(number)))
  refuseCall(USAGE, '--minutes, --seed and --steps are numbers');
else if (!isCombination(chosen)) refuseCall(USAGE, '--wire is ingest or agent-deltas, --encoding json or auto');
else {
  const first = Math.floor(Number(seed));
  const untilMs = performance.now() + Number(minutes) * 60_000;
  const isWell =
    kind === 'agent'
      ? await repeatAgentChaos({ first, untilMs, steps: Math.floor(Number(steps)), ...chosen })
      : await repeat(first, untilMs);
  if (!isWell) process.exitCode = 1;
}

async function repeat(first: number, untilMs: number): Promise<boolean> {
  for (let next = first; ; next += 1) {
    console.log(`seed ${String(next)}`);
    const { found, actions, writes, mishaps } = await runControllerChaos(next, ROUNDS);
    const wrong = Object.entries(mishaps).map(([what, count]) => `${what} ${String(count)}`);
    console.log(`  ${String(actions)} actions, ${String(writes)} writes, ${String(found.length)} promises broken`);
    console.log(`  ${wrong.join(', ')}`);
    for (const words of found) console.log(`  ${words}`);
    if (found.length > 0 || performance.now() >= untilMs) return found.length === 0;
  }
}
