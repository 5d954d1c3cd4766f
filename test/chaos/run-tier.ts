import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The tier and the test of each, and the variables that say how much and from which seed. */
const KINDS: Readonly<Record<string, { tier: string; test: string; amount: string; most: string; seed: string }>> = {
  evictor: {
    tier: 'cluster',
    test: 'test/e2e/evictor/scheduler',
    amount: 'CASTAI_TEST_PLANS',
    most: '2000',
    seed: 'CASTAI_TEST_SEED',
  },
};

/**
 * What the tiers try a little of, for as long as somebody has time: `evictor [plans] [seed]` carries out plans for random clusters by the
 * real kube-scheduler. The exit code; undefined: it is none of these.
 */
export async function runTier([name = '', amount, seed, ...rest]: readonly string[]): Promise<number | undefined> {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  const isNumber = (text: string | undefined): boolean => text === undefined || /^\d{1,10}$/u.test(text);
  if (kind === undefined || rest.length > 0 || !isNumber(amount) || !isNumber(seed)) return undefined;
  const variables = { [kind.amount]: amount ?? kind.most, ...(seed === undefined ? {} : { [kind.seed]: seed }) };
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run-tests/main.ts'), kind.tier, '--', kind.test], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0 ? 0 : 1;
}
