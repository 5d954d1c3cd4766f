import { spawnSync } from 'node:child_process';

const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';

/**
 * What promtool says about a text of metrics: nothing when all is well. Fails when there is no promtool, because a
 * check that skips itself is not a check: install Prometheus' promtool or name it in PROMTOOL.
 */
export function checkMetrics(exposition: string): string {
  const { error, stderr, stdout, status } = spawnSync(PROMTOOL, ['check', 'metrics'], {
    input: exposition,
    encoding: 'utf8',
  });
  if (error !== undefined) {
    throw new Error(`cannot run ${PROMTOOL}: install promtool, or name it in PROMTOOL`, { cause: error });
  }
  return stderr + stdout + (status === 0 ? '' : `exit code ${status}`);
}
