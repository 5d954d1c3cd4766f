import type { NamedTest } from './named-tests.ts';

/** A fault that a test proves whose own name is about something else. */
export interface CoveredCase {
  readonly id: string;
  /** Why that test proves it. */
  readonly because: string;
  readonly test: NamedTest;
}

/** Beside the tests that bear the number of a fault in their name. */
export const COVERED_CASES: readonly CoveredCase[] = [
  {
    id: 'C52',
    because: 'to the kernel it is a SIGKILL at any moment',
    test: {
      file: 'test/e2e/agent/processes.e2e.test.ts',
      name: 'is killed again and again at any moment leaves a picture that the next one completes, on %s',
    },
  },
  {
    id: 'C52',
    because: 'the heap ends below the limit of the container, so that V8 collects before the kernel kills',
    test: {
      file: 'test/images/limits.test.ts',
      name: 'the share of the limit comes to the size that measurements use',
    },
  },
];
