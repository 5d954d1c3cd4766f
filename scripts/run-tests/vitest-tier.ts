import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVitestReport } from './read-vitest-report.ts';
import { runCommand } from '../run-command.ts';
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

/** Runs a project of vitest with its own progress on our output, and counts from its report. */
export async function runVitestTier({ project, filters, env }: VitestRun): Promise<TierResult> {
  const folder = mkdtempSync(join(tmpdir(), 'castai-tests-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--project', project, ...reporters, ...filters];
    const { code } = await runCommand({ program: process.execPath, args, env, directory: ROOT }, true);
    return readVitestReport(readFileSync(report, 'utf8'), code);
  } catch {
    // It ended before it wrote a report, and said why.
    return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: vitest wrote no report`] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
