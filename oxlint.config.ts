/**
 * The linter's rules. Which room may import which is computed here and not written out, because rules of one name replace each
 * other: a file that is pure *and* belongs to a program needs one list with the patterns of both.
 */
import { defineConfig, type OxlintConfig } from 'oxlint';
import { PROGRAMS } from './scripts/programs.ts';

type Override = NonNullable<OxlintConfig['overrides']>[number];
interface Pattern {
  readonly regex: string;
  readonly message: string;
}

const TESTS = ['**/*.test.ts'];

/** Pure by name: these take what happened and give what to do. */
const PURE_FILES = ['*-state', 'classify-*', '*-decoder', 'plan-*', 'parse-*', '*-notices'];
/** Pure as a whole. */
const PURE_ROOMS = ['scrub', 'lint', 'coalesce', 'batch', 'decide', 'decrypt', 'seal', 'judge', 'simulate'];

const IMPURE: readonly Pattern[] = [
  {
    regex: '^node:(fs|net|http|https|tls|dns|child_process|timers|worker_threads|zlib)',
    message: 'This file is pure: no input or output.',
  },
  {
    regex: '^(undici|axios|pino|prom-client|@kubernetes/client-node)',
    message: 'This file is pure: no client library.',
  },
];

const TEST_CODE: Pattern = { regex: '^@castai/(test/|shared/testing/)', message: 'Nothing in src imports test code.' };
const ONLY_SHARED: Pattern = {
  regex: '^(@castai/(?!shared/)|(\\.\\./)+(agent|spot-handler|aks-init-data|cluster-controller|evictor|platform)/)',
  message: 'Programs import shared only, never each other.',
};
const OBSERVE: Pattern = {
  regex: '^(\\.\\./)+observe/',
  message: 'Observers listen: the stage says what it tells (an interface beside it), <program>.ts connects them.',
};

/** The floors of shared/src, bottom up: lower never imports higher, and rooms of one floor not each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['async'],
  ['config', 'log', 'metrics'],
  ['http'],
  ['program'],
  ['kube', 'wire'],
  ['watch', 'lead', 'drain'],
  ['mirror'],
];

/** The floors of test/, bottom up. Of the suites none imports another. */
const TEST_FLOORS: readonly (readonly string[])[] = [
  ['samples'],
  ['fakes', 'cluster'],
  ['platform-rig'],
  ['judges'],
  ['stages'],
  ['contract', 'model', 'chaos', 'e2e', 'chart', 'images', 'monitoring', 'bench', 'demo'],
];

function folders(names: readonly string[], message: string): Pattern {
  return { regex: `^(\\.\\./)+(${names.join('|')})/`, message };
}

/** Overrides for the files of a place: its own patterns, and for the pure ones among them all patterns of purity besides. */
function place(base: string, patterns: readonly Pattern[], except: readonly string[] = []): Override[] {
  const imports = (more: readonly Pattern[]): Override['rules'] & {} => ({
    'no-restricted-imports': ['error', { patterns: [...patterns, ...more] }],
  });
  return [
    { files: [`${base}/**/*.ts`], excludeFiles: [...TESTS, ...except], rules: imports([]) },
    {
      files: [
        ...PURE_FILES.map((name) => `${base}/**/${name}.ts`),
        ...PURE_ROOMS.flatMap((room) => [`${base}/${room}/**/*.ts`, `${base}/**/${room}/**/*.ts`]),
      ],
      excludeFiles: [...TESTS, ...except],
      rules: {
        ...imports(IMPURE),
        'no-restricted-globals': [
          'error',
          'fetch',
          'process',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'queueMicrotask',
        ],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: 'Pure: time is an input.' },
          { object: 'Math', property: 'random', message: 'Pure: randomness is an input.' },
          { object: 'performance', property: 'now', message: 'Pure: time is an input.' },
        ],
      },
    },
  ];
}

/** A program: shared only, what costs too much memory there not at all, and of its own rooms none imports `observe/`. */
function programRules(name: string, notInMain: readonly string[]): Override[] {
  const heavy = notInMain.filter((library) => library === 'undici' || library === '@kubernetes/client-node');
  const patterns = [
    TEST_CODE,
    ONLY_SHARED,
    ...(heavy.includes('undici')
      ? [{ regex: `^(${heavy.join('|')})`, message: 'Costs too much memory on every node.' }]
      : []),
  ];
  return [
    ...place(`${name}/src`, patterns),
    ...place(
      `${name}/src/*`,
      [...patterns, OBSERVE],
      [
        `${name}/src/observe/**`,
        // TEMPORARY until these listen (issue 9, step 8).
        'aks-init-data/src/trigger/init-data-loop.ts',
        'spot-handler/src/act/evictor.ts',
      ],
    ),
  ];
}

function sharedRules(): Override[] {
  const above = (floor: number, room: string): readonly string[] =>
    FLOORS.flatMap((rooms, index) => (index < floor ? [] : rooms.filter((other) => other !== room)));
  const base: Pattern = { regex: '^@castai/', message: 'shared is below the programs.' };
  return [
    ...place('shared/src', [base]),
    ...FLOORS.flatMap((rooms, floor) =>
      rooms.flatMap((room) =>
        place(`shared/src/${room}`, [
          base,
          folders(above(floor, room), `shared/src/${room} is below these, or beside them.`),
        ]),
      ),
    ),
  ];
}

function testRules(): Override[] {
  const suites = TEST_FLOORS.length - 1;
  return TEST_FLOORS.flatMap((rooms, floor) =>
    rooms.flatMap((room) => {
      const others = TEST_FLOORS.flatMap((names, index) =>
        index > floor || (index === floor && floor === suites) ? names.filter((name) => name !== room) : [],
      );
      const message =
        floor === suites ? 'A suite never imports a suite: what two need is a stage.' : `test/${room} is below these.`;
      // The folder that makes images has the name of the suite that tests them: they differ by the depth only.
      const rules = (depth: number): Override['rules'] & {} => ({
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              folders(
                others.filter((name) => name !== 'images'),
                message,
              ),
              ...(others.includes('images') ? [{ regex: `^(\\.\\./){${depth}}images/`, message }] : []),
            ],
          },
        ],
      });
      return [
        { files: [`test/${room}/*.ts`], rules: rules(1) },
        { files: [`test/${room}/*/*.ts`], rules: rules(2) },
      ];
    }),
  );
}

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'import', 'promise', 'node', 'vitest', 'oxc'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
  },
  options: {
    typeAware: true,
    denyWarnings: true,
    reportUnusedDisableDirectives: 'error',
  },
  ignorePatterns: ['**/ingest.js', '**/ingest.d.ts', '**/dist/**'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/return-await': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'typescript/switch-exhaustiveness-check': [
      'error',
      {
        considerDefaultExhaustiveForUnions: true,
      },
    ],
    'typescript/no-explicit-any': 'error',
    'typescript/no-unsafe-type-assertion': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-base-to-string': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/explicit-module-boundary-types': 'error',
    'typescript/prefer-readonly': 'error',
    'typescript/no-deprecated': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'unicorn/filename-case': [
      'error',
      {
        case: 'kebabCase',
      },
    ],
    'unicorn/prefer-node-protocol': 'error',
    'unicorn/no-process-exit': 'error',
    'node/no-process-env': 'error',
    'no-console': 'error',
    eqeqeq: 'error',
    'max-params': [
      'error',
      {
        max: 3,
      },
    ],
    'max-lines': [
      'error',
      {
        max: 500,
        skipBlankLines: true,
        skipComments: true,
      },
    ],
    complexity: [
      'error',
      {
        max: 15,
        variant: 'modified',
      },
    ],
    'vitest/no-conditional-expect': 'off',
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'error',
    'vitest/expect-expect': [
      'error',
      {
        assertFunctionNames: ['expect', 'f', 'expect*', 'assert*', 'fc.assert', 'check*'],
      },
    ],
    'import/no-unassigned-import': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'no-await-in-loop': 'off',
    'consistent-return': 'off',
    'no-underscore-dangle': 'off',
    'vitest/require-mock-type-parameters': 'off',
    'import/no-named-as-default-member': 'off',
  },
  overrides: [
    ...PROGRAMS.flatMap(({ name, notInMain }) => programRules(name, notInMain)),
    ...programRules('platform', []),
    { files: ['scripts/**/*.ts', 'shared/testing/**/*.ts'], rules: { 'typescript/no-unsafe-type-assertion': 'off' } },
    ...sharedRules(),
    ...testRules(),

    {
      files: ['**/main.ts', 'test/**/*.ts', 'shared/testing/**', 'scripts/**', 'images/**'],
      rules: {
        'node/no-process-env': 'off',
        'unicorn/no-process-exit': 'off',
        'no-console': 'off',
      },
    },
    {
      files: ['images/**'],
      rules: {
        'typescript/no-unsafe-type-assertion': 'off',
      },
    },
    {
      files: ['**/*.config.ts'],
      rules: {
        'import/no-default-export': 'off',
      },
    },
    {
      files: ['**/*.test.ts', 'test/**/*.ts'],
      rules: {
        'max-lines': 'off',
        'max-params': 'off',
        complexity: 'off',
        'typescript/no-unsafe-type-assertion': 'off',
      },
    },
  ],
});
