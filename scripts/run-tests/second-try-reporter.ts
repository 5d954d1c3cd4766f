import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Variable with the path that the reporter writes to. */
export const SECOND_TRIES_VARIABLE = 'CASTAI_SECOND_TRIES';

/**
 * Reporter for vitest that writes down, a name in each line, what passed only when it was tried again. vitest's JSON report does
 * not tell.
 */
export default class SecondTryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env[SECOND_TRIES_VARIABLE];
    if (path === undefined) return;
    const names = modules.flatMap((module) =>
      [...module.children.allTests()]
        .filter((test) => test.diagnostic()?.flaky === true)
        .map((test) => `${module.relativeModuleId}: ${test.fullName}`),
    );
    writeFileSync(path, names.join('\n'));
  }
}
