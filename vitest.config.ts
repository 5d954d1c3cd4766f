import { defineConfig } from 'vitest/config';

/**
 * Tiers are told apart by file name, so a new test file is always run by exactly one of them:
 * `x.test.ts` is pure or starts doubles in its own process, `x.e2e.test.ts` starts whole programs,
 * `x.cluster.test.ts` needs a real kube-apiserver. Timeouts are generous: a test never asserts a speed.
 */
const tier = (name: string, include: string[], exclude: string[] = []) => ({
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
    testTimeout: name === 'unit' ? 120_000 : 300_000,
    hookTimeout: name === 'unit' ? 120_000 : 900_000,
    // Vitest's own is a second, which a machine that is busy with other tests has lost before anything was done.
    expect: { poll: { timeout: 60_000 } },
    // Whole programs mostly wait for each other: two files at a time on two cores, and no more on a larger machine, so that one test's
    // load stays no other one's fault.
    ...(name === 'unit' ? {} : { maxWorkers: 2 }),
    pool: 'forks' as const,
  },
});

export default defineConfig({
  test: {
    projects: [
      tier('unit', ['**/*.test.ts'], ['**/*.e2e.test.ts', '**/*.cluster.test.ts']),
      tier('e2e', ['**/*.e2e.test.ts']),
      tier('cluster', ['**/*.cluster.test.ts']),
    ],
  },
});
