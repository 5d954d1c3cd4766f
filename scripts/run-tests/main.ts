/**
 * `npm test [-- <tier>… [-- <part of a path>…]]`: runs the four tiers, or those named, and ends with one line that sums
 * them up. Exit code 0 only when nothing failed; 2 for a tier that does not exist.
 */
import { ensureHelm, ensureKubeconform } from '../tools/chart-binaries.ts';
import { ClusterUnavailable, ensureBinaries, ensureKubectl, KUBERNETES_VARIABLE, OLDEST } from '../tools/binaries.ts';
import { runStaticTier } from './static-tier.ts';
import { type TierResult, closingLine, sumResults } from './tier-result.ts';
import { ensureTools } from '../tools/system-tools.ts';
import { runVitestTier } from './vitest-tier.ts';

const TIERS = ['static', 'unit', 'e2e', 'cluster'] as const;
/** Takes the first use's five minutes of building, so it runs when it is asked for by name only. */
const ON_REQUEST = ['versions'] as const;
type Tier = (typeof TIERS)[number] | (typeof ON_REQUEST)[number];

/** What `versions` repeats on the oldest Kubernetes: what programs rely on, and that the pictures are equal. */
const ON_EVERY_VERSION = ['test/contract/real', 'test/demo/demo.cluster'];

const USAGE = `npm test [-- <tier>… [-- <part of a path>…]]

Tiers: static (format, lint, types, dead code, generated files), unit, e2e (whole programs), cluster (a real API server).
All of them unless told. versions, which has to be named, runs the contract of the API server and the demo's comparison on the
oldest Kubernetes that the chart takes. Parts of paths choose test files, as in npm test -- unit -- agent/src/scrub
`;

const isCi = process.env['CI'] === 'true';
const say = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return;
  }
  const end = args.indexOf('--');
  const names = end === -1 ? args : args.slice(0, end);
  const filters = end === -1 ? [] : args.slice(end + 1);
  const unknown = names.find((name) => !isTier(name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no tier ${JSON.stringify(unknown)}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const wanted = names.length === 0 ? TIERS : [...TIERS, ...ON_REQUEST].filter((tier) => names.includes(tier));
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
  for (const name of total.again) say(`\nPASSED ONLY AT ITS SECOND TRY ${name}`);
  for (const failure of total.failures) say(`\nFAILED ${failure}`);
  say(`\n${closingLine(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

function isTier(name: string): name is Tier {
  return [...TIERS, ...ON_REQUEST].some((tier) => tier === name);
}

async function runTier(
  tier: Tier,
  filters: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<TierResult> {
  if (tier === 'static') return runStaticTier(say);
  if (tier === 'versions') return runOldest(filters, env);
  if (tier === 'cluster') {
    const unavailable = await prepared(prepareCluster);
    if (unavailable !== undefined) return unavailable;
  }
  return runVitestTier({ project: tier, filters, env });
}

async function runOldest(filters: readonly string[], env: Readonly<Record<string, string>>): Promise<TierResult> {
  // Ours too: it decides what is built beforehand. Whatever comes after it runs on the newest again.
  process.env[KUBERNETES_VARIABLE] = OLDEST;
  try {
    return (
      (await prepared(() => ensureBinaries(say))) ??
      (await runVitestTier({
        project: 'cluster',
        filters: filters.length === 0 ? ON_EVERY_VERSION : filters,
        env: { ...env, [KUBERNETES_VARIABLE]: OLDEST },
      }))
    );
  } finally {
    delete process.env[KUBERNETES_VARIABLE];
  }
}

/** Builds what the tier needs before its first test, so that nothing times out. */
async function prepareCluster(): Promise<void> {
  await ensureBinaries(say);
  await ensureKubectl(say);
  for (const major of [3, 4] as const) await ensureHelm(major, say);
  await ensureKubeconform(say);
}

/** The tier's result if what it needs cannot be had. */
async function prepared(build: () => Promise<unknown>): Promise<TierResult | undefined> {
  try {
    await build();
    return undefined;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    const isSkipped = error instanceof ClusterUnavailable && !isCi;
    return isSkipped
      ? { passed: 0, failed: 0, skipped: 1, failures: [], again: [] }
      : { passed: 0, failed: 1, skipped: 0, failures: [String(error)], again: [] };
  }
}

await main();
