import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockPool } from '../../testing/block-pool.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TokenFile } from './token-file.ts';

let directory: string;
let path: string;
let clock: ManualClock;
let file: TokenFile;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'castai-token-'));
  path = join(directory, 'token');
  clock = new ManualClock();
  file = new TokenFile(path, clock);
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const read = async (): Promise<string> => (await file.read()).reveal();

describe('token file', () => {
  it('is read at most once a minute, without the newline at its end', async () => {
    await writeFile(path, 'one\n');
    expect(await read()).toBe('one');
    await writeFile(path, 'two\n');
    await clock.advance(59_999);
    expect(await read()).toBe('one');
    await clock.advance(1);
    expect(await read()).toBe('two');
  });

  it.each(['one\r\n', '\uFEFFone', ' one\n\n'])(
    'is the word in it, whatever an editor put around: %j',
    async (text) => {
      await writeFile(path, text);
      expect(await read()).toBe('one');
    },
  );

  it('is read although every thread of the pool waits, as for a name server that is silent', async () => {
    await writeFile(path, 'one');
    await using _ = await blockPool(directory);
    const aTurnLater = new Promise<string>((resolve) => void setImmediate(resolve, 'it waits'));
    expect(await Promise.race([read(), aTurnLater])).toBe('one');
  });

  it('is read at once after a refusal', async () => {
    await writeFile(path, 'one');
    expect(await read()).toBe('one');
    await writeFile(path, 'two');
    await file.refresh();
    expect(await read()).toBe('two');
  });

  it.each([
    ['missing', async () => rm(path)],
    ['empty', async () => writeFile(path, ' \n')],
    ['no token', async () => writeFile(path, 'an error\nof two lines')],
    ['in another encoding', async () => writeFile(path, Buffer.from('\uFEFFtwo', 'utf16le'))],
  ])('that is %s for a while keeps its last token (C46)', async (_, damage) => {
    await writeFile(path, 'one');
    expect(await read()).toBe('one');
    await damage();
    await clock.advance(120_000);
    await file.refresh();
    expect(await read()).toBe('one');
    await writeFile(path, 'two');
    expect(await read()).toBe('two');
  });

  it('that never was there is an error with a hint, which passes when it comes', async () => {
    await expect(read()).rejects.toMatchObject({
      code: 'CREDENTIALS_UNREADABLE',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('automountServiceAccountToken'),
    });
    await writeFile(path, '');
    await expect(file.refresh()).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    await writeFile(path, 'one');
    expect(await Promise.all([read(), read()])).toEqual(['one', 'one']);
  });
});
