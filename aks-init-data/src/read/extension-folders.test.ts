import { describe, expect, it } from 'vitest';
import { chooseSettings, extensionFolders, orderByState } from './extension-folders.ts';

const name = (version: string): string => `Microsoft.Azure.Extensions.CustomScript-${version}`;

describe('folders of the extension', () => {
  it('are ordered by number, not by letter', () => {
    const found = extensionFolders([
      name('2.1.6'),
      name('2.1.10'),
      name('2.1.9'),
      name('2.1'),
      name('2.0.99'),
      name('2.1.6.1'),
    ]);
    expect(found.map(({ version }) => version)).toEqual(['2.1.10', '2.1.9', '2.1.6.1', '2.1.6', '2.1', '2.0.99']);
  });

  it('are told by their exact name, in either case', () => {
    const others = [
      `x${name('2.1.6')}`,
      name('2.1.6.zip'),
      name(''),
      name('2..1'),
      name('2.1.'),
      'WALinuxAgent-2.15.0.1',
    ];
    expect(extensionFolders([...others, name('2.1.6').toLowerCase()])).toEqual([
      { name: name('2.1.6').toLowerCase(), version: '2.1.6' },
    ]);
  });

  it('that are enabled come first, those that were never installed not at all', () => {
    const folders = [
      { version: '2.1.12', state: 'NotInstalled' },
      { version: '2.1.11', state: 'FailedUpgrade' },
      { version: '2.1.10', state: 'Installed' },
      { version: '2.1.9', state: 'Enabled' },
      { version: '2.1.8', state: '' },
      { version: '2.1.7', state: 'Enabled' },
    ];
    expect(orderByState(folders).map(({ version }) => version)).toEqual(['2.1.9', '2.1.7', '2.1.10', '2.1.8']);
  });
});

describe('settings files', () => {
  const candidates = [
    { sequence: 0, mtimeMs: 50 },
    { sequence: 2, mtimeMs: 40 },
    { sequence: 7, mtimeMs: 40 },
    { sequence: 10, mtimeMs: 10 },
  ];

  it('count by what was processed last, then by time, then by number', () => {
    const f = (processed: number | undefined, list: typeof candidates, expected: number | undefined): void =>
      expect(chooseSettings(list, processed)?.sequence).toBe(expected);
    f(2, candidates, 2);
    f(3, candidates, 0);
    f(undefined, candidates, 0);
    f(undefined, candidates.slice(1), 7);
    f(undefined, candidates.slice(3), 10);
    f(2, [], undefined);
  });
});
