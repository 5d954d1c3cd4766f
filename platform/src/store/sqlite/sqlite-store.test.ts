import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeActionStore } from '@castai/test/platform-rig/action-store-contract.ts';
import { describeNotifyStore } from '@castai/test/platform-rig/notify-store-contract.ts';
import { describePlatformStore, type StorePlace } from '@castai/test/platform-rig/platform-store-contract.ts';
import { SqliteStore } from './sqlite-store.ts';

function newFolder(): { file: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'castai-store-'));
  return { file: join(folder, 'platform.db'), remove: () => rmSync(folder, { recursive: true }) };
}

async function newPlace(): Promise<StorePlace> {
  const { file, remove } = newFolder();
  return { open: async () => new SqliteStore(file), remove: async () => remove() };
}

describePlatformStore('in an SQLite file', newPlace);
describeNotifyStore('in an SQLite file', newPlace);
describeActionStore('in an SQLite file', newPlace);

test('a file of another version of this program is refused, and left as it is', () => {
  const { file, remove } = newFolder();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  expect(() => new SqliteStore(file)).toThrow(`${file} has schema version 99, this program knows 9: use another file`);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
  database.close();
  remove();
});
