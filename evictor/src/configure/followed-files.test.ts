import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FollowedFiles } from './followed-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'castai-followed-'));
  symlinkSync(join('..data', 'rules.yaml'), join(folder, 'rules.yaml'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Changes the files as the kubelet changes those of a ConfigMap: another folder behind the same link, in one step. */
function swap(version: string, text: string): void {
  mkdirSync(join(folder, version));
  writeFileSync(join(folder, version, 'rules.yaml'), text);
  symlinkSync(version, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

const RULE = 'evictionConfig: [{podSelector: {kind: Job}, settings: {removalDisabled: true}}]';

test('a ConfigMap that changes is read anew, and what cannot be used takes nothing from what is known', () => {
  swap('v1', 'evictionConfig: []');
  const told: unknown[] = [];
  const files = new FollowedFiles({ rulesFile: join(folder, 'rules.yaml') }, (error) => {
    told.push(error === undefined ? undefined : error instanceof Error && error.message.includes('RULES_FILE='));
  });
  const first = files.current;
  files.readAgain();
  expect([files.current === first, told]).toEqual([true, []]);
  swap('v2', RULE);
  files.readAgain();
  expect(files.current.rules).toHaveLength(1);
  const second = files.current;
  swap('v3', 'evictionConfig: 5');
  files.readAgain();
  // Its text is the same: nothing is told again.
  files.readAgain();
  expect([files.current === second, told]).toEqual([true, [undefined, true]]);
  unlinkSync(join(folder, '..data'));
  files.readAgain();
  expect([files.current === second, told]).toEqual([true, [undefined, true, true]]);
  swap('v4', RULE);
  files.readAgain();
  expect([files.current.rules.length, told]).toEqual([1, [undefined, true, true, undefined]]);
});

test('a file that was away and is the same again is in order again', () => {
  swap('v1', RULE);
  const told: boolean[] = [];
  const files = new FollowedFiles({ rulesFile: join(folder, 'rules.yaml') }, (error) => told.push(error === undefined));
  unlinkSync(join(folder, '..data'));
  files.readAgain();
  swap('v2', RULE);
  files.readAgain();
  files.readAgain();
  expect([told, files.current.rules.length]).toEqual([[false, true], 1]);
});

test('a program does not begin with what cannot be used', () => {
  swap('v1', 'evictionConfig: 5');
  expect(() => new FollowedFiles({ rulesFile: join(folder, 'rules.yaml') }, () => {})).toThrow(/^RULES_FILE=/u);
});
