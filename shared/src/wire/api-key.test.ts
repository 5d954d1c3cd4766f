import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../config/secret.ts';
import { CastaiError } from '../errors.ts';
import { ApiKey } from './api-key.ts';
import { KnownSecrets } from '../log/known-secrets.ts';

describe('api key', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'castai-api-key-'));
    file = join(directory, 'key');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const failureOf = (source: ConstructorParameters<typeof ApiKey>[0]): CastaiError => {
    try {
      void new ApiKey(source, new KnownSecrets());
    } catch (error) {
      if (error instanceof CastaiError) return error;
    }
    throw new Error('no CastaiError was thrown');
  };

  it('uses a given key, without the white space around it', () => {
    expect(new ApiKey({ value: Secret.of(' k-1\n') }, new KnownSecrets()).current().reveal()).toBe('k-1');
  });

  it('uses a new key as soon as the file holds one', () => {
    writeFileSync(file, 'old\n');
    const key = new ApiKey({ file }, new KnownSecrets());
    expect(key.current().reveal()).toBe('old');
    writeFileSync(file, 'newer\n');
    expect(key.current().reveal()).toBe('newer');
  });

  it('makes each key that it has had a known secret', () => {
    writeFileSync(file, 'canary-one\n');
    const secrets = new KnownSecrets();
    const key = new ApiKey({ file }, secrets);
    key.current();
    writeFileSync(file, 'canary-second\n');
    key.reload(Secret.of('canary-one'));
    expect(secrets.redact('canary-one, canary-second')).toBe('[secret], canary-second');
    key.current();
    expect(secrets.redact('canary-one, canary-second')).toBe('[secret], [secret]');
  });

  it('follows the symlink that Kubernetes swaps for a mounted Secret', () => {
    writeFileSync(join(directory, 'a'), 'aaa');
    writeFileSync(join(directory, 'b'), 'bbb');
    symlinkSync('a', file);
    const key = new ApiKey({ file }, new KnownSecrets());
    expect(key.current().reveal()).toBe('aaa');
    symlinkSync('b', join(directory, 'next'));
    renameSync(join(directory, 'next'), file);
    expect(key.current().reveal()).toBe('bbb');
  });

  it('keeps the last good key while the file is gone or empty, says so, and recovers', () => {
    writeFileSync(file, 'good');
    const key = new ApiKey({ file }, new KnownSecrets());
    rmSync(file);
    expect(key.current().reveal()).toBe('good');
    expect(key.problem).toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: expect.stringContaining(file) as string,
    });
    writeFileSync(file, ' \n');
    expect(key.current().reveal()).toBe('good');
    expect(key.problem).toMatchObject({ code: 'CONFIG_INVALID', message: `the key file ${file} is empty` });
    writeFileSync(file, 'better');
    expect(key.current().reveal()).toBe('better');
    expect(key.problem).toBeUndefined();
  });

  it('sees that its file went away without anybody having to send, and goes on with the key that it had', () => {
    writeFileSync(file, 'k-1');
    const key = new ApiKey({ file }, new KnownSecrets());
    expect([key.takeReplacement(), key.problem]).toEqual([false, undefined]);
    rmSync(file);
    expect(key.takeReplacement()).toBe(false);
    expect(key.problem).toMatchObject({ code: 'CONFIG_FILE_UNREADABLE' });
    expect(key.current().reveal()).toBe('k-1');
  });

  it('sees that its file can be read again without anybody having to send, and that no key was replaced by that', () => {
    writeFileSync(file, 'k-1');
    const key = new ApiKey({ file }, new KnownSecrets());
    rmSync(file);
    key.current();
    expect(key.takeReplacement()).toBe(false);
    expect(key.problem).toMatchObject({ code: 'CONFIG_FILE_UNREADABLE' });
    writeFileSync(file, 'k-1');
    expect(key.takeReplacement()).toBe(false);
    expect(key.problem).toBeUndefined();
  });

  it('sees that its file can be read again where nothing tells the two apart: a right was given, or a time was kept', () => {
    writeFileSync(file, 'k-1');
    const key = new ApiKey({ file }, new KnownSecrets());
    const time = new Date(1_700_000_000_000);
    writeFileSync(file, 'k 2');
    utimesSync(file, time, time);
    expect(key.takeReplacement()).toBe(false);
    expect(key.current().reveal()).toBe('k-1');
    expect(key.problem).toMatchObject({ code: 'CONFIG_INVALID' });
    writeFileSync(file, 'k-2');
    utimesSync(file, time, time);
    expect(key.takeReplacement()).toBe(false);
    expect([key.current().reveal(), key.problem]).toEqual(['k-2', undefined]);
  });

  it('takes a path that leads nowhere for a file that cannot be read, whoever looks', () => {
    writeFileSync(file, 'k-1');
    const key = new ApiKey({ file }, new KnownSecrets());
    expect(key.reload(Secret.of('k-1'))).toBe(false);
    rmSync(file);
    // A ring, as a stale mount or a folder that may not be entered, is more than that nothing is there.
    symlinkSync('key', file);
    expect(key.takeReplacement()).toBe(false);
    expect(key.problem).toMatchObject({ code: 'CONFIG_FILE_UNREADABLE' });
    expect(failureOf({ file })).toMatchObject({ code: 'CONFIG_FILE_UNREADABLE' });
    rmSync(file);
    writeFileSync(file, 'k-2');
    expect(key.takeReplacement()).toBe(true);
    expect(key.problem).toBeUndefined();
  });

  it('tells after a refusal whether there is another key to try', () => {
    writeFileSync(file, 'refused');
    const key = new ApiKey({ file }, new KnownSecrets());
    const used = key.current();
    expect(key.reload(used)).toBe(false);
    writeFileSync(file, 'rotated');
    expect(key.reload(used)).toBe(true);
    expect(new ApiKey({ value: Secret.of('fixed') }, new KnownSecrets()).reload(Secret.of('fixed'))).toBe(false);
  });

  it('refuses to start without a usable key, and says what to do without quoting it', () => {
    expect(failureOf({ file })).toMatchObject({ code: 'CONFIG_FILE_UNREADABLE', hint: expect.any(String) as string });
    writeFileSync(file, '');
    expect(failureOf({ file })).toMatchObject({ code: 'CONFIG_INVALID', message: `the key file ${file} is empty` });
    for (const wrong of ['', '  ', 'export API_KEY=hush', 'hüsh', 'hush\nhush']) {
      const { code, message, hint } = failureOf({ value: Secret.of(wrong) });
      expect([wrong, code, hint]).toEqual([wrong, 'CONFIG_INVALID', expect.any(String)]);
      expect(message).not.toMatch(/h[uü]sh/);
    }
  });
});
