/** The linter's rules. Who may import what is one rule of our own, `house/imports`: see scripts/lint. */
import { defineConfig } from 'oxlint';
import { PROGRAMS, SHIPPED_PROGRAMS } from './scripts/programs.ts';
import { MOST_LINES, PURE_NAMES, PURE_ROOMS } from './scripts/lint/floors.ts';

const TESTS = ['**/*.test.ts'];
/** ICU's tables take 5 MiB of each program that asks them once, for good. `grouped` writes large numbers, `<` orders names. */
const ICU = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'localeCompare'].map((property) => ({
  property,
  message: 'It reads 5 MiB of tables that stay in memory: see shared/src/verdict/grouped.ts.',
}));
/** In every `src`; which imports they may have is said by `house/imports`. */
const PURE = [
  ...PURE_NAMES.map((name) => `*/src/**/${name}.ts`),
  ...PURE_ROOMS.map((room) => `*/src/**/${room}/**/*.ts`),
];

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'import', 'promise', 'node', 'vitest', 'oxc'],
  jsPlugins: ['./scripts/lint/plugin.ts'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
  },
  options: {
    typeAware: true,
    denyWarnings: true,
    reportUnusedDisableDirectives: 'error',
  },
  ignorePatterns: ['**/ingest.js', '**/ingest.d.ts', '**/kube-messages.ts', '**/dist/**'],
  rules: {
    'house/imports': 'error',
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
    'import/no-cycle': ['error', { ignoreTypes: false }],
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
    {
      files: [...SHIPPED_PROGRAMS.map(({ name }) => `${name}/src/**/*.ts`), 'shared/src/**/*.ts'],
      excludeFiles: TESTS,
      rules: { 'no-restricted-globals': ['error', 'Intl'], 'no-restricted-properties': ['error', ...ICU] },
    },
    {
      files: PURE,
      excludeFiles: TESTS,
      rules: {
        'no-restricted-globals': [
          'error',
          'Intl',
          'fetch',
          'process',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'queueMicrotask',
        ],
        'no-restricted-properties': [
          'error',
          ...ICU,
          { object: 'Date', property: 'now', message: 'Pure: time is an input.' },
          { object: 'Math', property: 'random', message: 'Pure: randomness is an input.' },
          { object: 'performance', property: 'now', message: 'Pure: time is an input.' },
        ],
      },
    },
    {
      files: ['*/src/**/*.ts'],
      excludeFiles: TESTS,
      rules: {
        'max-lines-per-function': ['error', { max: MOST_LINES.function, skipBlankLines: true, skipComments: true }],
      },
    },
    {
      files: PROGRAMS.map(({ name }) => `${name}/src/${name}.ts`),
      rules: {
        'max-lines-per-function': ['error', { max: MOST_LINES.program, skipBlankLines: true, skipComments: true }],
      },
    },
    {
      files: ['**/main.ts', 'test/**/*.ts', 'shared/testing/**', 'scripts/**', 'images/**'],
      rules: {
        'node/no-process-env': 'off',
        'unicorn/no-process-exit': 'off',
        'no-console': 'off',
      },
    },
    {
      files: ['scripts/**', 'images/**', 'shared/testing/**'],
      rules: {
        'typescript/no-unsafe-type-assertion': 'off',
      },
    },
    {
      files: ['**/*.config.ts', 'scripts/lint/plugin.ts', 'scripts/run-tests/*-reporter.ts'],
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
