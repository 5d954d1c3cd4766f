import { expect, test } from 'vitest';
import { readPaper } from './read-paper.ts';

test('each line is prose, code, a table or generated', () => {
  const text = [
    '# Title',
    '    still prose, nothing empty before it',
    '',
    '    code',
    '    code',
    '',
    '    code',
    '| a table |',
    '```sh',
    'code',
    '<!-- generated: not here -->',
    '```',
    'prose',
    '<!-- commands: install -->',
    '    code',
    '<!-- generated: a -->',
    '```',
    '| a |',
    '<!-- end of generated -->',
    'prose',
  ].join('\n');
  const kinds = readPaper('a.md', text).lines.map(({ kind }) => kind);
  expect(kinds.slice(0, 8)).toEqual(['prose', 'prose', 'prose', 'code', 'code', 'prose', 'code', 'table']);
  expect(kinds.slice(8, 15)).toEqual(['code', 'code', 'code', 'code', 'prose', 'prose', 'code']);
  expect(kinds.slice(15)).toEqual(['generated', 'generated', 'generated', 'generated', 'prose']);
});

test('headings give anchors as GitHub makes them, and those in code give none', () => {
  const text = [
    '# Is it *working*?',
    '## `main.ts`: what_it does',
    '## [Links](a.md)',
    '# Twice',
    '### Twice',
    '',
    '    # code',
  ];
  expect([...readPaper('a.md', text.join('\n')).anchors]).toEqual([
    'is-it-working',
    'maints-what_it-does',
    'links',
    'twice',
    'twice-1',
  ]);
});

test('size is in bytes, lines count from one', () => {
  const paper = readPaper('docs/a.md', 'é\nb');
  expect(paper).toMatchObject({ path: 'docs/a.md', bytes: 4 });
  expect(paper.lines.map(({ number }) => number)).toEqual([1, 2]);
});
