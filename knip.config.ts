import type { KnipConfig } from 'knip';

/** What counts as used: entry points and tests. Workspaces by glob, so that a new program needs no line here. */
const config: KnipConfig = {
  includeEntryExports: true,
  ignoreExportsUsedInFile: { interface: true, type: true },
  // The generator of the documentation finds the first by their place, vitest the reporters by their path.
  ignoreIssues: {
    '*/docs.ts': ['exports'],
    'test/*/doc-tables.ts': ['exports'],
    'scripts/run-tests/*-reporter.ts': ['exports'],
  },
  ignoreBinaries: ['go', 'mkfifo', 'mount', 'openssl', 'umount', 'unshare'],
  workspaces: {
    '.': {
      entry: [
        'scripts/*.{mjs,ts}',
        'scripts/*/main.ts',
        'images/{main,warm,generate-dockerfile}.ts',
        '{scripts,images}/**/*.test.ts',
      ],
      project: ['scripts/**', 'images/**', '*.ts'],
      ignoreDependencies: ['protobufjs-cli'],
    },
    '*': { entry: ['{docs,src/**/*.test}.ts'], project: ['src/**/*.ts'] },
    shared: {
      entry: ['{src,testing}/**/*.test.ts'],
      project: ['{src,testing}/**/*.ts'],
      ignore: ['src/wire/ingest/ingest.*'],
    },
    test: { entry: ['*/main.ts', '**/main.ts', '*/doc-tables.ts', '**/*.test.ts'], project: ['**/*.ts'] },
  },
};

export default config;
