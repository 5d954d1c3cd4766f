/**
 * `npm test [-- <tier>… [-- <part of a path>…]]`: runs the four tiers, or those named, and ends with one line that sums
 * them up. Exit code 0 only when nothing failed; 2 for a tier that does not exist.
 */
import { ensureHelm, ensureKubeconform } from '../tools/chart-binaries.ts';
import { ClusterUnavailable, ensureBinaries, ensureKubectl } from '../tools/binaries.ts';
import { runStaticTier } from './static-tier.ts';
import { type TierResult, closingLine, sumResults } from './tier-result.ts';
import { ensureTools } from '../tools/system-tools.ts';
import { runVitestTier } from './vitest-tier.ts';

const TIERS = ['static', 'unit', 'e2e', 'cluster'] as const;
type Tier = (typeof TIERS)[number];

const USAGE = `npm test [-- <tier>… [-- <part of a path>…]]

Tiers: static (format, lint, types, dead code, generated files), unit, e2e (whole programs), cluster (a real API server).
All of them unless told. Parts of paths choose test files, as in npm test -- unit -- agent/src/scrub
`;

const isCi = process.env['CI'] === 'true';
const say = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return;
  }
  const end = args.indexOf('--');
  const names = end === -1 ? args : args.slice(0, end);
  const filters = end === -1 ? [] : args.slice(end + 1);
  const unknown = names.find((name) => !isTier(name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no tier ${unknown}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const wanted = TIERS.filter((tier) => names.length === 0 || names.includes(tier));
  const { env, advice } = wanted.some((tier) => tier !== 'static')
    ? await ensureTools(say)
    : { env: {}, advice: undefined };
  if (advice !== undefined) say(advice);
  const results: TierResult[] = [];
  for (const tier of wanted) {
    say(`\n== ${tier}`);
    const result = await runTier(tier, filters, env);
    say(`${tier}: ${closingLine(result)}`);
    results.push(result);
  }
  if (advice !== undefined) say(`\n${advice}`);
  const total = sumResults(results);
  say(`\n${closingLine(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

function isTier(name: string): name is Tier {
  return TIERS.some((tier) => tier === name);
}

async function runTier(
  tier: Tier,
  filters: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<TierResult> {
  if (tier === 'static') return runStaticTier(say);
  if (tier === 'cluster') {
    const unavailable = await prepareCluster();
    if (unavailable !== undefined) return unavailable;
  }
  return runVitestTier({ project: tier, filters, env });
}

/** Builds what the tier needs before its first test, so that nothing times out. The tier's result if that cannot be. */
async function prepareCluster(): Promise<TierResult | undefined> {
  try {
    await ensureBinaries(say);
    await ensureKubectl(say);
    for (const major of [3, 4] as const) await ensureHelm(major, say);
    await ensureKubeconform(say);
    return undefined;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    const isSkipped = error instanceof ClusterUnavailable && !isCi;
    return { passed: 0, failed: isSkipped ? 0 : 1, skipped: isSkipped ? 1 : 0 };
  }
}

await main();
