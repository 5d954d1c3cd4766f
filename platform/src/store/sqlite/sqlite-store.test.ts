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

test('a file of schema 9 is kept with all that is in it, and none of its objects may be offered', async () => {
  const { file, remove } = newFolder();
  const made = new SqliteStore(file);
  await made.register({ identity: { provider: 'aks', identity: 'aks c1', name: 'c1' }, id: 'c1', atMs: 5 });
  await made.close();
  const database = new DatabaseSync(file);
  const columns = (): unknown[] =>
    ['clusters', 'feeds', 'objects'].map((table) =>
      database
        .prepare(`SELECT name, type, "notnull", dflt_value FROM pragma_table_info('${table}') ORDER BY name`)
        .all(),
    );
  const fresh = columns();
  database.exec(`
    ALTER TABLE clusters DROP COLUMN last_wanted;
    ALTER TABLE feeds DROP COLUMN vintage;
    ALTER TABLE feeds DROP COLUMN held_position;
    ALTER TABLE objects DROP COLUMN vintage;
    INSERT INTO feeds (cluster, api_group, version, resource, kind, namespace, field_selector, scrub_version, cluster_uid)
      VALUES ('c1', '', 'v1', 'pods', 'Pod', '', '', 1, 'u1');
    INSERT INTO objects (feed, uid, mark, observed_at_ms, namespace, name, resource_version, body)
      VALUES (1, 'a', 1, 1, 'default', 'a', '7', x'7b7d');
    PRAGMA user_version = 9`);
  const store = new SqliteStore(file);
  expect(columns()).toEqual(fresh);
  expect(await store.cluster('c1')).toMatchObject({ name: 'c1', lastWanted: [] });
  const [pods] = await store.feeds('c1');
  expect(pods).toMatchObject({ resource: 'pods', vintage: 0, heldPosition: undefined });
  expect(await store.countObjects(1)).toBe(1);
  expect(await store.heldVersions(1, 0, ['a'])).toEqual(new Map());
  await store.close();
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 10 });
  database.close();
  remove();
});

test('a file of another version of this program is refused, and left as it is', () => {
  const { file, remove } = newFolder();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  expect(() => new SqliteStore(file)).toThrow(`${file} has schema version 99, this program knows 10: use another file`);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
  database.close();
  remove();
});

test('a file that may only be read is refused at the start: nothing that comes could be kept', async () => {
  const { file, remove } = newFolder();
  await new SqliteStore(file).close();
  // As root, who runs tests in containers, every file may be written; a link to it by SQLite's own word for that may not.
  expect(() => new SqliteStore(`file:${file}?mode=ro`)).toThrow('attempt to write a readonly database');
  remove();
});
