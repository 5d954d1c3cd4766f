/** Which rooms there are and how they stand upon each other: what `judge-import.ts` judges by. */

/** The floors of shared/src, bottom up: lower never imports higher, and rooms of one floor not each other. `errors.ts` lies below. */
export const SHARED_FLOORS: readonly (readonly string[])[] = [
  ['async'],
  ['config', 'log', 'metrics', 'verdict'],
  ['http'],
  ['program'],
  ['command'],
  ['kube', 'wire'],
  ['watch', 'lead', 'drain'],
];

/** Rooms of shared/src that stand on kube alone: they know no wire, and are light, because what runs on every node uses them too. */
export const OVER_KUBE: readonly string[] = ['watch', 'lead', 'drain'];

/** The floors of test/, bottom up. */
export const TEST_FLOORS: readonly (readonly string[])[] = [
  ['samples'],
  ['fakes', 'cluster'],
  ['platform-rig'],
  ['judges'],
  ['stages'],
  ['contract', 'model', 'chaos', 'e2e', 'chart', 'images', 'monitoring', 'bench', 'demo', 'faults'],
];

/** The top floor: of the suites none imports another. */
export const SUITES: readonly string[] = TEST_FLOORS.at(-1) ?? [];

/** What a test beside the code of a program may stand on: servers of our own and what they serve. What needs more is a suite's. */
export const BESIDE_CODE: readonly string[] = TEST_FLOORS.slice(0, 3).flat();

/** Rooms of test/ that know no program: the programs' own tests stand on them. */
export const BELOW_PROGRAMS: readonly string[] = TEST_FLOORS.slice(0, 2).flat();

/** Pure by name: these take what happened and give what to do. */
export const PURE_NAMES = [
  '*-state',
  'classify-*',
  '*-decoder',
  'plan-*',
  'parse-*',
  '*-notices',
  '*-identity',
  'identify',
] as const;

/** Lines of code that a function may have; `<program>.ts`, which puts a program together, may have more. */
export const MOST_LINES = { function: 70, program: 120 } as const;

/** Pure as a whole, wherever in a `src`. */
export const PURE_ROOMS = [
  'scrub',
  'lint',
  'coalesce',
  'batch',
  'decide',
  'decrypt',
  'seal',
  'judge',
  'simulate',
] as const;

/** All that a pure file may take from Node: computing, no input, no output, no time. */
export const PURE_BUILTINS: readonly string[] = ['node:buffer', 'node:crypto', 'node:url', 'node:util'];

/** The libraries that do nothing but compute. */
export const PURE_PACKAGES: readonly string[] = ['protobufjs'];

/** What costs a DaemonSet too much memory on every node, also where a package.json should name it. */
export const HEAVY_PACKAGES: readonly string[] = ['undici', '@kubernetes/client-node'];
