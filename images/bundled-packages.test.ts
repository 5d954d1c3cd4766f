import { expect, test } from 'vitest';
import { bundledPackages } from './bundled-packages.ts';

const output = (inputs: Record<string, number>) => ({
  bytes: 1,
  imports: [],
  exports: [],
  inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
});

test('a package counts once, a scoped and a nested one under their own path, one that left nothing does not', () => {
  const outputs = {
    'dist/a/main.mjs': output({ 'agent/src/main.ts': 1, 'agent/src/agent.ts': 2, 'node_modules/pino/lib/a.js': 3 }),
    'dist/a/chunks/x.mjs': output({
      'node_modules/pino/lib/b.js': 1,
      'node_modules/@scope/one/index.js': 1,
      'node_modules/pino/node_modules/two/index.js': 1,
      'node_modules/unused/index.js': 0,
    }),
  };
  expect(bundledPackages({ outputs })).toEqual([
    'agent',
    'node_modules/@scope/one',
    'node_modules/pino',
    'node_modules/pino/node_modules/two',
  ]);
});
