/** Every fault of the list has a test: one that bears its number, or one that stands in a list beside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COVERED_CASES } from './covered-cases.ts';
import { FAULT_CASES } from './fault-cases.ts';
import { namesIn, readNamedTests } from './named-tests.ts';

const ROOT = join(import.meta.dirname, '../..');

test('there are 75 faults, each under its number', () => {
  expect(FAULT_CASES.map(({ id }) => id)).toEqual(Array.from({ length: 75 }, (_, index) => `C${String(index + 1)}`));
});

test('each fault is proven by a test', () => {
  const proven = new Set([...readNamedTests(ROOT).keys(), ...COVERED_CASES.map(({ id }) => id)]);
  expect(FAULT_CASES.filter(({ id }) => !proven.has(id))).toEqual([]);
});

test('no test names a fault that is not in the list', () => {
  const known = new Set(FAULT_CASES.map(({ id }) => id));
  const unknown = [...readNamedTests(ROOT)].filter(([id]) => id.startsWith('C') && !known.has(id));
  expect(unknown).toEqual([]);
});

test.each(COVERED_CASES)(
  'the test that proves $id beside others exists: $test.name',
  ({ id, test: { file, name } }) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    // As a test's first argument, perhaps with the numbers of other faults behind it, and not as a part of something longer.
    const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');
    const given = new RegExp(
      `^\\s*(?:(?:it|test)(?:\\.\\w+)*(?:\\(.*\\))?\\()?['"\`]${escaped}(?: \\([CI\\d, ]+\\))?['"\`],`,
      'mu',
    );
    expect([file, given.test(text)]).toEqual([file, true]);
    expect(FAULT_CASES.map((one) => one.id)).toContain(id);
  },
);

test('numbers are found in names of whatever form, and nowhere else', () => {
  const names = (line: string): unknown => namesIn('a.test.ts', line).map(([id, { name }]) => `${id} ${name}`);
  expect(names("  it('breaks (C3)', () => {")).toEqual(['C3 breaks']);
  expect(names("    what: 'is cut (C3, C14, I2)',")).toEqual(['C3 is cut', 'C14 is cut', 'I2 is cut']);
  expect(names('test("the agent\'s (C7), twice", f)')).toEqual(["C7 the agent's, twice"]);
  expect(names('])(`one (C1)`, f); it("two (C2)")')).toEqual(['C1 one', 'C2 two']);
  expect(names('// as after a restart (C43)')).toEqual([]);
  expect(names("it('is of type (C)', f)")).toEqual([]);
});
