import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Variable with the path that the reporter writes to. */
export const SECOND_TRIES_VARIABLE = 'CASTAI_SECOND_TRIES';

/** The seed of a random walk and its schedule, shrunk, are that long. */
const MAX_LETTERS = 2_000;

/**
 * Reporter for vitest that writes down, each in a line, what passed only when it was tried again, and why it had failed: a seed that is not
 * kept is a fault that nobody finds again. vitest's JSON report does not tell.
 */
export default class SecondTryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env[SECOND_TRIES_VARIABLE];
    if (path === undefined) return;
    const names = modules.flatMap((module) =>
      [...module.children.allTests()]
        .filter((test) => test.diagnostic()?.flaky === true)
        .map((test) => `${module.relativeModuleId}: ${test.fullName}: ${whyOf(test)}`),
    );
    writeFileSync(path, names.join('\n'));
  }
}

function whyOf(test: TestCase): string {
  const [first] = test.result().errors ?? [];
  return (first?.message ?? '').replaceAll(/\s+/g, ' ').slice(0, MAX_LETTERS);
}
