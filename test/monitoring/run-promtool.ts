import { spawnSync } from 'node:child_process';
import { MONITORING } from './monitoring-files.ts';

const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';

/** What promtool said and whether it was content. */
export interface PromtoolResult {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs promtool, in the folder `monitoring` unless told. Fails when there is none, because a check that skips itself is not a
 * check: install Prometheus' promtool or name it in PROMTOOL.
 */
export function runPromtool(args: readonly string[], directory = MONITORING): PromtoolResult {
  const { error, stdout, stderr, status } = spawnSync(PROMTOOL, args, { cwd: directory, encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`cannot run ${PROMTOOL}: install promtool, or name it in PROMTOOL`, { cause: error });
  }
  return { ok: status === 0, output: stdout + stderr };
}
