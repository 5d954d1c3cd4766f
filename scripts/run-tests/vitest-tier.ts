import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVitestReport } from './read-vitest-report.ts';
import { runCommand } from '../run-command.ts';
import { SECOND_TRIES_VARIABLE } from './second-try-reporter.ts';
import type { TierResult } from './tier-result.ts';

/** Which tests to run. */
export interface VitestRun {
  /** A project of vitest.config.ts. */
  readonly project: string;
  /** Only files whose path contains one of these; all when there are none. */
  readonly filters: readonly string[];
  /** Further variables of the tests' environment. */
  readonly env: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '../..');

/**
 * Runs a project of vitest with its own progress on our output, and counts from its report.
 *
 * In CI, where nobody watches, a test that failed is tried once more, and named in the last lines if it passed then: one chance in
 * three thousand tests must not hold up a change that it has nothing to do with, and must not be forgotten.
 */
export async function runVitestTier({ project, filters, env }: VitestRun): Promise<TierResult> {
  const folder = mkdtempSync(join(tmpdir(), 'castai-tests-'));
  const report = join(folder, 'report.json');
  const secondTries = join(folder, 'second-tries.txt');
  try {
    const named = join(import.meta.dirname, 'second-try-reporter.ts');
    const reporters = ['--reporter=default', '--reporter=json', `--reporter=${named}`, `--outputFile.json=${report}`];
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const again = process.env['CI'] === 'true' ? ['--retry=1'] : [];
    const args = [vitest, 'run', '--project', project, ...again, ...reporters, ...filters];
    const variables = { ...env, [SECOND_TRIES_VARIABLE]: secondTries };
    const { code } = await runCommand({ program: process.execPath, args, env: variables, directory: ROOT }, true);
    const names = readFileSync(secondTries, 'utf8').split('\n').filter(Boolean);
    return { ...readVitestReport(readFileSync(report, 'utf8'), code), again: names };
  } catch {
    // It ended before it wrote a report, and said why.
    return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: vitest wrote no report`], again: [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
