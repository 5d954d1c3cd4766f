import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { TierResult } from './tier-result.ts';

/** One check of the whole tree; each counts as a test. */
interface StaticCheck {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const ROOT = join(import.meta.dirname, '../..');
const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);

const CHECKS: readonly StaticCheck[] = [
  { name: 'format', command: [bin('oxfmt'), '--check'] },
  // By the pinned Node: the linter's rules are TypeScript.
  { name: 'lint', command: [process.execPath, join(ROOT, 'node_modules/oxlint/bin/oxlint')] },
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  { name: 'dead code', command: [bin('knip')] },
  { name: 'generated wire code', command: [process.execPath, 'scripts/generate-wire.ts', '--check'] },
  { name: 'generated documentation', command: [process.execPath, 'scripts/generate-docs.ts', '--check'] },
  { name: 'generated files of the chart', command: [process.execPath, 'scripts/generate-chart.ts', '--check'] },
  { name: 'generated Dockerfile', command: [process.execPath, 'images/generate-dockerfile.ts', '--check'] },
];

/** Runs every check, also after one that failed, and shows what the failed ones said. */
export async function runStaticTier(say: (line: string) => void): Promise<TierResult> {
  const failures: string[] = [];
  for (const { name, command } of CHECKS) {
    const [program, ...args] = command;
    const startedAt = performance.now();
    const { code, output } = await runCommand({ program, args, directory: ROOT });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
    if (code === 0) continue;
    failures.push(name);
    say(output.trimEnd());
  }
  return { passed: CHECKS.length - failures.length, failed: failures.length, skipped: 0, failures, again: [] };
}
