/** The rules of the house as the linter holds them: planted mistakes of every kind in every place, and what is allowed beside them. */
import { existsSync, globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAMS, SHIPPED_PROGRAMS } from '../programs.ts';
import { PURE_NAMES, PURE_ROOMS, SHARED_FLOORS, TEST_FLOORS } from './floors.ts';
import { type Plant, PlantedTree } from './planted-tree.ts';

const ROOT = join(import.meta.dirname, '../..');
const SHIPPED = SHIPPED_PROGRAMS.map(({ name }) => name);
const ALL = PROGRAMS.map(({ name }) => name);

/** A plant that imports; a re-export, because nothing has to be used then. */
function imports(path: string, specifier: string, finds?: string): Plant {
  return { path, code: `export * from '${specifier}';`, ...(finds === undefined ? {} : { finds }) };
}

/** Files of a program that lie in every kind of place. */
function placesIn(program: string): string[] {
  const src = `${program}/src`;
  const pure = [`${src}/room/thing-state.ts`, `${src}/decide/thing.ts`, `${src}/decide/deep/thing.ts`];
  return [`${src}/thing.ts`, `${src}/main.ts`, `${src}/room/thing.ts`, `${src}/room/deep/thing.ts`, ...pure];
}

function relativeTo(path: string, target: string): string {
  return `${'../'.repeat(path.split('/').length - 1)}${target}`;
}

/** Expects of each plant that the linter says what it should, and nothing where it should not. */
function expectFindings(plants: readonly Plant[]): void {
  using tree = new PlantedTree();
  const said = tree.lint(plants);
  const wrong = plants.flatMap(({ path, code, finds = 'nothing' }, index) =>
    said[index]?.includes(finds) === true ? [] : [`${path}: ${code} gives ${said[index]}, not ${finds}`],
  );
  expect(wrong).toEqual([]);
}

test('programs import shared only, never each other nor the platform, by name or by path', () => {
  expectFindings(
    ALL.flatMap((program) => {
      const others = ALL.filter((name) => name !== program);
      const observer = `${program}/src/observe/thing.ts`;
      return [
        ...[...placesIn(program), observer].flatMap((path) => [
          imports(path, '@castai/shared/errors.ts'),
          imports(path, relativeTo(path, 'shared/src/errors.ts'), 'by its name: @castai/shared'),
          imports(path, `@castai/${program}/config.ts`, 'Own files by relative path'),
          imports(path, relativeTo(path, 'scripts/programs.ts'), 'Programs import shared only'),
          imports(path, relativeTo(path, `${program}/docs.ts`), 'what lies beside it'),
          ...others.flatMap((other) => [
            imports(path, `@castai/${other}/config.ts`, 'Programs import shared only'),
            imports(path, relativeTo(path, `${other}/src/config.ts`), `by its name: @castai/${other}`),
          ]),
        ]),
        ...others.map((other) =>
          imports(`${program}/docs.ts`, `@castai/${other}/config.ts`, 'what its own program has'),
        ),
        imports(`${program}/docs.ts`, '../scripts/docs/program-docs.ts'),
        imports(`${program}/docs.ts`, './src/config.ts'),
      ];
    }),
  );
});

test('every way to import is looked at', () => {
  const path = 'agent/src/room/thing.ts';
  const finds = 'Programs import shared only';
  expectFindings(
    [
      `import '@castai/platform/config.ts';`,
      `import { A } from '@castai/platform/config.ts';`,
      `import type { B } from '@castai/platform/config.ts';`,
      `import * as C from '@castai/platform/config.ts';`,
      `export { D } from '@castai/platform/config.ts';`,
      `export type { E } from '@castai/platform/config.ts';`,
      `export const F = await import('@castai/platform/config.ts');`,
      `export type G = import('@castai/platform/config.ts').G;`,
      `export type H = typeof import('@castai/platform/config.ts');`,
      `export * from './../room/.././../../platform/src/config.ts';`,
    ].map((code) => ({ path, code, finds: code.includes('..') ? 'by its name: @castai/platform' : finds })),
  );
});

test('nothing in src imports test code; a test beside it imports doubles, the platform among them, and no stage', () => {
  const needs = TEST_FLOORS.slice(3).flat();
  expectFindings(
    ALL.flatMap((program) => {
      const path = `${program}/src/room/thing.test.ts`;
      return [
        ...placesIn(program).flatMap((place) => [
          imports(place, '@castai/test/fakes/imds.ts', 'Nothing in src imports test code'),
          imports(place, '@castai/shared/testing/manual-clock.ts', 'Nothing in src imports test code'),
          imports(place, './thing.test.ts', 'Nothing imports a test'),
        ]),
        ...TEST_FLOORS.slice(0, 3)
          .flat()
          .map((room) => imports(path, `@castai/test/${room}/thing.ts`)),
        ...needs.map((room) => imports(path, `@castai/test/${room}/thing.ts`, `needs no ${room}`)),
        ...ALL.filter((other) => other !== program && other !== 'platform').map((other) =>
          imports(path, `@castai/${other}/config.ts`, 'Programs import shared only'),
        ),
        imports(path, '@castai/shared/testing/manual-clock.ts'),
        imports(path, relativeTo(path, 'scripts/tools/binaries.ts'), 'imports no tools'),
      ];
    }),
  );
});

test('of a program nothing but <program>.ts imports what observes', () => {
  expectFindings(
    ALL.flatMap((program) => [
      ...placesIn(program).map((path) =>
        imports(path, relativeTo(path, `${program}/src/observe/metrics.ts`), 'Observers listen'),
      ),
      imports(`${program}/src/${program}.ts`, './observe/metrics.ts'),
      imports(`${program}/src/observe/status.ts`, './metrics.ts'),
      imports(`${program}/src/observe/status.ts`, '../room/thing.ts'),
    ]),
  );
});

test('what is pure by name or by room imports and uses nothing that is not, in every src', () => {
  const sources = [...ALL.map((program) => `${program}/src`), 'shared/src'];
  expectFindings(
    sources.flatMap((src) => {
      const room = src === 'shared/src' ? 'kube' : 'room';
      const names = PURE_NAMES.map((name) => name.replace('*', 'thing'));
      const paths = [
        ...names.flatMap((name) => [
          `${src}/${name}.ts`,
          `${src}/${room}/${name}.ts`,
          `${src}/${room}/deep/${name}.ts`,
        ]),
        ...PURE_ROOMS.flatMap((pure) => [
          ...(src === 'shared/src' ? [] : [`${src}/${pure}/thing.ts`, `${src}/${pure}/deep/thing.ts`]),
          `${src}/${room}/${pure}/thing.ts`,
        ]),
      ];
      return paths.flatMap((path) => [
        imports(path, 'node:crypto'),
        imports(path, 'node:fs/promises', 'This file is pure'),
        imports(path, 'node:timers/promises', 'This file is pure'),
        imports(path, 'undici', 'This file is pure'),
        imports(path, 'axios', 'This file is pure'),
        { path, code: 'export const a = () => Date.now();', finds: 'is restricted' },
        { path, code: 'export const d = (n: number) => n.toLocaleString();', finds: 'is restricted' },
        { path, code: 'export const b = () => Math.random();', finds: 'is restricted' },
        { path, code: 'export const c = () => performance.now();', finds: 'is restricted' },
        ...['fetch', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name, index) => ({
          path,
          code: `export const d${index} = () => ${name};`,
          finds: `'${name}'`,
        })),
      ]);
    }),
  );
});

test('a function has at most 70 lines of code, that of <program>.ts 120; blank lines and comments are free', () => {
  const long = (path: string, lines: number, finds?: string): Plant => {
    const body = Array.from({ length: lines - 2 }, (_none, index) => `  a += ${index};`);
    const code = ['export function f(a: number): void {', '  // Why.', '', ...body, '}'].join('\n');
    return { path, code, ...(finds === undefined ? {} : { finds }) };
  };
  expectFindings([
    ...ALL.flatMap((program) => [
      long(`${program}/src/room/fits.ts`, 70),
      long(`${program}/src/room/long.ts`, 71, 'too many lines (71)'),
      long(`${program}/src/${program}.ts`, 120),
      long(`${program}/src/room/long.test.ts`, 300),
    ]),
    long('shared/src/kube/long.ts', 71, 'too many lines (71)'),
    long('shared/testing/long.ts', 300),
  ]);
  expectFindings(ALL.map((program) => long(`${program}/src/${program}.ts`, 121, 'too many lines (121)')));
});

test('what runs on every node imports no library that costs memory there, also if its package.json named it', () => {
  expectFindings(
    ['spot-handler', 'aks-init-data'].flatMap((program) =>
      [`${program}/src/thing.ts`, `${program}/src/room/thing.ts`].flatMap((path) => [
        imports(path, 'undici', 'costs too much memory'),
        imports(path, '@kubernetes/client-node/dist/api.js', 'costs too much memory'),
      ]),
    ),
  );
});

test('one file names the HTTP client, because what holds for every request is said there', () => {
  const others = ['shared/src/http/thing.ts', 'shared/src/wire/thing.ts', 'shared/src/http/exchange.test.ts'];
  expectFindings([
    imports('shared/src/http/exchange.ts', 'axios'),
    ...[...others, 'test/fakes/thing.ts', 'scripts/thing.ts', ...ALL.map((program) => `${program}/src/thing.ts`)].map(
      (path) => imports(path, 'axios', 'Only shared/src/http/exchange.ts names axios'),
    ),
  ]);
});

test('what is imported is named in the package.json of its workspace', () => {
  expectFindings([
    ...ALL.flatMap((program) => [
      imports(`${program}/src/thing.ts`, 'fast-check', `${program}/package.json does not name fast-check`),
      imports(`${program}/src/thing.ts`, 'pino', `${program}/package.json does not name pino`),
      imports(`${program}/src/thing.test.ts`, 'fast-check'),
      imports(`${program}/src/thing.test.ts`, 'pino', `${program}/package.json does not name pino`),
    ]),
    imports('shared/src/log/thing.ts', 'pino'),
    imports('shared/src/log/thing.ts', 'vitest', 'shared/package.json does not name vitest'),
    imports('shared/testing/thing.ts', 'vitest'),
    imports('test/e2e/thing.ts', 'pino', 'test/package.json does not name pino'),
    imports('scripts/thing.ts', 'esbuild'),
    imports('scripts/thing.ts', 'pino', 'package.json does not name pino'),
  ]);
});

test('rooms of shared/src import what is below them, not what is above or beside them', () => {
  const rooms = SHARED_FLOORS.flatMap((names, floor) => names.map((name) => ({ name, floor })));
  expectFindings([
    ...rooms.flatMap((from) =>
      ['', 'deep/'].flatMap((deep) => {
        const path = `shared/src/${from.name}/${deep}thing.ts`;
        return [
          imports(path, relativeTo(path, 'shared/src/errors.ts')),
          imports(path, relativeTo(path, 'shared/testing/eventually.ts'), 'Nothing in src imports test code'),
          imports(path, '@castai/shared/errors.ts', 'Own files by relative path'),
          imports(path, '@castai/agent/config.ts', 'shared is below everything'),
          imports(path, '@castai/test/fakes/imds.ts', 'shared is below everything'),
          ...rooms
            .filter(({ name }) => name !== from.name)
            .map((to) => {
              const above = to.floor > from.floor ? 'is below shared/src' : 'stand side by side';
              const isOverKube = ['watch', 'lead', 'drain'].includes(from.name);
              const below = isOverKube && to.name === 'wire' ? 'knows no wire' : undefined;
              return imports(
                path,
                relativeTo(path, `shared/src/${to.name}/thing.ts`),
                to.floor < from.floor ? below : above,
              );
            }),
        ];
      }),
    ),
    ...['watch', 'lead', 'drain'].flatMap((room) => [
      imports(`shared/src/${room}/thing.ts`, 'undici', 'costs too much memory'),
      imports(`shared/src/${room}/thing.ts`, '@kubernetes/client-node', 'costs too much memory'),
    ]),
    imports('shared/src/kube/thing.ts', 'undici'),
    imports('shared/src/errors.ts', './async/clock.ts', 'lies below all rooms'),
    imports('shared/src/attic/thing.ts', '../async/clock.ts', 'is on no floor'),
    imports('shared/src/http/thing.test.ts', '../../testing/eventually.ts'),
    imports('shared/src/http/thing.test.ts', '@castai/test/fakes/imds.ts', 'shared is below everything'),
    imports('shared/testing/thing.ts', '../src/async/clock.ts'),
    imports('shared/testing/thing.ts', '@castai/test/fakes/imds.ts', 'shared is below everything'),
  ]);
});

test('rooms of test/ import what is below them; of the suites none imports another', () => {
  const rooms = TEST_FLOORS.flatMap((names, floor) => names.map((name) => ({ name, floor })));
  const top = TEST_FLOORS.length - 1;
  expectFindings([
    ...rooms.flatMap((from) =>
      ['thing.ts', 'thing.e2e.test.ts', 'deep/thing.ts', 'deep/deeper/thing.cluster.test.ts'].flatMap((name) => {
        const path = `test/${from.name}/${name}`;
        const program = from.floor < 2 ? 'is below the programs' : undefined;
        return [
          imports(path, '@castai/agent/config.ts', program),
          imports(path, '@castai/platform/platform.ts', program),
          imports(path, relativeTo(path, 'agent/src/config.ts'), 'by its name: @castai/agent'),
          imports(path, relativeTo(path, 'scripts/programs.ts')),
          imports(path, `@castai/test/${from.name}/other.ts`, 'Own files by relative path'),
          ...rooms
            .filter(({ name: other }) => other !== from.name)
            .map((to) => {
              const finds = from.floor === top ? 'A suite never imports a suite' : 'is below test/';
              const isAllowed = to.floor < from.floor || (to.floor === from.floor && from.floor !== top);
              return imports(path, relativeTo(path, `test/${to.name}/thing.ts`), isAllowed ? undefined : finds);
            }),
        ];
      }),
    ),
    imports('test/attic/thing.ts', '../fakes/imds.ts', 'is on no floor'),
  ]);
});

test('scripts and images build and are below what they build; images stands on scripts, not the other way round', () => {
  expectFindings(
    ['scripts', 'images'].flatMap((top) =>
      [`${top}/thing.ts`, `${top}/deep/thing.ts`].flatMap((path) => [
        imports(path, relativeTo(path, 'shared/src/errors.ts')),
        imports(path, relativeTo(path, 'scripts/programs.ts')),
        imports(path, relativeTo(path, 'images/layer.ts'), top === 'scripts' ? 'scripts/ is below images/' : undefined),
        imports(path, relativeTo(path, 'test/cluster/cluster.ts'), `${top}/ is below test/`),
        ...ALL.flatMap((program) => [
          imports(path, relativeTo(path, `${program}/src/config.ts`), `${top}/ is below ${program}/`),
          imports(path, `@castai/${program}/config.ts`, 'Only a workspace can import by name'),
        ]),
      ]),
    ),
  );
});

test('every room of shared/src and of test/ is on one floor', () => {
  const foldersIn = (path: string): string[] =>
    readdirSync(join(ROOT, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
      .map(({ name }) => name);
  const [inShared, inTest] = [SHARED_FLOORS.flat(), TEST_FLOORS.flat()];
  expect(foldersIn('shared/src').filter((room) => !inShared.includes(room))).toEqual([]);
  expect(foldersIn('test').toSorted()).toEqual(inTest.toSorted());
  expect(new Set([...inShared, ...inTest]).size).toBe(inShared.length + inTest.length);
});

test('every program of the list has the files that others find by their place', () => {
  const expected = SHIPPED.flatMap((name) =>
    ['docs.ts', 'README.md', 'package.json', `src/${name}.ts`].map((file) => `${name}/${file}`),
  );
  expect(expected.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(globSync('*/src/main.ts', { cwd: ROOT }).toSorted()).toEqual(
    ALL.map((name) => `${name}/src/main.ts`).toSorted(),
  );
});
