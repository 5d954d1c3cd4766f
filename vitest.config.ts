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
    // Whole programs on two cores: files one after another, so that one test's load is not another's fault.
    fileParallelism: name === 'unit',
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
