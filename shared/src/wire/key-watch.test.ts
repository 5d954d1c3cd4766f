import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { ApiKey } from './api-key.ts';
import { KeyWatch } from './key-watch.ts';

describe('key watch', () => {
  let directory: string;
  let file: string;
  let stop: AbortController;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'castai-key-watch-'));
    file = join(directory, 'key');
    stop = new AbortController();
    writeFileSync(file, 'first');
  });
  afterEach(() => {
    stop.abort();
    rmSync(directory, { recursive: true });
  });

  function watch() {
    const clock = new ManualClock();
    const apiKey = new ApiKey({ file }, new KnownSecrets());
    let replaced = 0;
    const keyWatch = new KeyWatch({ apiKey, clock, onReplaced: () => (replaced += 1) });
    const ended = keyWatch.run(stop.signal).catch(() => 'ended');
    return { clock, apiKey, ended, replaced: () => replaced };
  }

  it('tells within seconds, and once, that a refused key was replaced', async () => {
    const { clock, apiKey, replaced } = watch();
    apiKey.reload(apiKey.current());
    await clock.advance(30_000);
    expect(replaced()).toBe(0);
    writeFileSync(file, 'second');
    await clock.advance(3_000);
    expect(replaced()).toBe(1);
    await clock.advance(30_000);
    expect(replaced()).toBe(1);
  });

  it('does not tell of a file that is broken, gone, or holds the refused key again, but of one that is put right after that', async () => {
    const { clock, apiKey, replaced } = watch();
    apiKey.reload(apiKey.current());
    for (const broken of [' ', 'two keys', 'first\n']) {
      writeFileSync(file, broken);
      await clock.advance(3_000);
    }
    rmSync(file);
    await clock.advance(3_000);
    expect(replaced()).toBe(0);
    writeFileSync(file, 'second');
    await clock.advance(3_000);
    expect(replaced()).toBe(1);
  });

  it('tells nothing of a key that nobody refused, or that was replaced before the refusal was heard', async () => {
    const { clock, apiKey, replaced } = watch();
    writeFileSync(file, 'second');
    await clock.advance(30_000);
    expect(replaced()).toBe(0);
    const used = apiKey.current();
    writeFileSync(file, 'third');
    expect(apiKey.reload(used)).toBe(true);
    await clock.advance(30_000);
    expect(replaced()).toBe(0);
  });

  it('ends with its signal', async () => {
    const { ended } = watch();
    stop.abort();
    expect(await ended).toBe('ended');
  });
});
