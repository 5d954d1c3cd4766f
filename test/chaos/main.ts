/**
 * `npm run chaos -- controller [--minutes N] [--seed S]`: random runs, one after another and each with the next seed, for so long (one run
 * unless told). Prints each seed before it is run; exit code 1 with what was found at the first run that breaks a promise, 2 for a call that
 * cannot be meant. `agent` and `evictor` are tests of the tiers, with more of what they do: `run-tier.ts`.
 */
import { readCall, refuseCall } from '../../scripts/read-call.ts';
import { runControllerChaos } from './controller/controller-chaos.ts';
import { runTier } from './run-tier.ts';

const ROUNDS = 24;
const NUMBER = /^\d{1,9}(?:\.\d{1,3})?$/u;

const USAGE = `npm run chaos -- controller [--minutes N] [--seed S]
npm run chaos -- agent [steps] [seed]
npm run chaos -- evictor [plans] [seed]

Random runs of what goes wrong, until a promise is broken, the time is over or the steps are done; each prints its seed.`;

const { positionals, values } = readCall(USAGE, {
  operands: true,
  options: { minutes: { type: 'string' }, seed: { type: 'string' } },
});
const { minutes = '0', seed = String(Date.now() % 1_000_000_000) } = values;
const tierCode = await runTier(positionals);
if (tierCode !== undefined) process.exitCode = tierCode;
else if (positionals.join(' ') !== 'controller')
  refuseCall(USAGE, `${JSON.stringify(positionals.join(' '))} is none of these runs`);
else if (!NUMBER.test(minutes) || !NUMBER.test(seed)) refuseCall(USAGE, '--minutes and --seed are numbers');
else {
  await repeat(Math.floor(Number(seed)), performance.now() + Number(minutes) * 60_000);
}

async function repeat(first: number, untilMs: number): Promise<void> {
  for (let next = first; ; next += 1) {
    console.log(`seed ${String(next)}`);
    const { found, actions, writes } = await runControllerChaos(next, ROUNDS);
    console.log(`  ${String(actions)} actions, ${String(writes)} writes, ${String(found.length)} promises broken`);
    for (const words of found) console.log(`  ${words}`);
    if (found.length > 0) process.exitCode = 1;
    if (found.length > 0 || performance.now() >= untilMs) return;
  }
}
