import { expect, test } from 'vitest';
import { judgePaper, type Library } from './judge-paper.ts';
import { readPaper } from './read-paper.ts';

const FILES = [
  'README.md',
  'docs/guide.md',
  'agent/src/main.ts',
  'agent/src/batch/outbox-state.ts',
  'spot/values.yaml',
];

/** What is said of a file with these lines; `docs/guide.md` has the heading "Where to go" and nothing else. */
function judge(lines: readonly string[], path = 'docs/other.md'): string[] {
  const paper = readPaper(path, lines.join('\n'));
  const papers = [paper, readPaper('docs/guide.md', '# Where to go\n')].filter((one, index, all) => {
    return all.findIndex((other) => other.path === one.path) === index;
  });
  const library: Library = { papers, files: [...FILES, path], scripts: ['demo', 'spot-handler'] };
  return judgePaper(paper, library);
}

test('prose and code of more than 200 columns are told, tables and what is generated may be wider', () => {
  const wide = 'x'.repeat(201);
  expect(judge(['é'.repeat(200), wide])).toEqual(['docs/other.md:2: more than 200 columns']);
  expect(judge(['', `    ${wide}`])).toEqual(['docs/other.md:2: more than 200 columns']);
  expect(judge(['| a |', '|---|', `| ${wide} |`])).toEqual([]);
  expect(judge(['<!-- generated: a -->', wide, '', `    ${wide}`, '<!-- end of generated -->'])).toEqual([]);
  expect(judge(['<!-- generated: a -->', '<!-- end of generated -->', wide])).toHaveLength(1);
});

test('papers of the root and of programs have a size, in bytes, others have none', () => {
  const lines = (bytes: number): string[] => ['é'.repeat(50), ...Array<string>((bytes - 100) / 2).fill('.')];
  expect(judge(lines(10_240), 'README.md')).toEqual([]);
  expect(judge(lines(10_242), 'README.md')).toEqual(['README.md: 10242 bytes, more than 10240']);
  expect(judge(lines(8_194), 'ARCHITECTURE.md')).toEqual(['ARCHITECTURE.md: 8194 bytes, more than 8192']);
  expect(judge(lines(8_194), 'SECURITY.md')).toEqual(['SECURITY.md: 8194 bytes, more than 8192']);
  expect(judge(lines(20_480), 'agent/README.md')).toEqual([]);
  expect(judge(lines(20_482), 'agent/README.md')).toEqual(['agent/README.md: 20482 bytes, more than 20480']);
  expect(judge(lines(20_482), 'agent/ARCHITECTURE.md')).toEqual([
    'agent/ARCHITECTURE.md: 20482 bytes, more than 20480',
  ]);
  expect(judge(lines(30_000), 'docs/guide.md')).toEqual([]);
});

test('a link leads to a file or a folder from where it stands, and to a heading where it names one', () => {
  const said = (target: string): string[] => judge(['# Top', '# Top', `See [it](${target}).`]);
  const good = ['guide.md', '../README.md', '../agent', '../agent/src/', '#top', '#top-1', 'guide.md#where-to-go'];
  for (const target of [...good, 'https://example.com/a#b', 'mailto:a@b.c']) expect(said(target)).toEqual([]);
  expect(said('README.md')).toEqual(['docs/other.md:3: the link to README.md leads nowhere']);
  expect(said('../agent/sr')).toEqual(['docs/other.md:3: the link to ../agent/sr leads nowhere']);
  expect(said('#top-2')).toEqual(['docs/other.md:3: the link to #top-2 names no heading']);
  expect(said('guide.md#where')).toEqual(['docs/other.md:3: the link to guide.md#where names no heading']);
  expect(judge(['| [a](gone.png) |'])).toEqual(['docs/other.md:1: the link to gone.png leads nowhere']);
});

test('what looks like a path exists: from the root, from the paper, or as the end of one', () => {
  const said = (name: string): string[] => judge([`It is in \`${name}\`, and nowhere else.`]);
  const good = [
    'agent/src/main.ts',
    'main.ts',
    'guide.md',
    'batch/',
    'agent/src',
    'batch/outbox-state.ts',
    'values.yaml',
  ];
  const patterns = ['*-state.ts', 'x-state.ts', 'src/<stage>/outbox-state.ts', 'agent/src/*/*.ts', 'src/*'];
  const others = [
    'text/html',
    '*.cast.ai/',
    '/var/lib/waagent',
    'API_URL',
    'dist/agent/main.mjs',
    'a b.ts',
    'https://a/b.md',
  ];
  for (const name of [...good, ...patterns, ...others]) expect(said(name)).toEqual([]);
  for (const name of [
    'agent/src/watch',
    'handler.ts',
    'watch/',
    'src/outbox-state.ts',
    'x-decoder.ts',
    'tbox-state.ts',
  ]) {
    expect(said(name)).toEqual([`docs/other.md:1: there is no ${name}`]);
  }
  expect(judge(['```', '`gone.ts`', '```', '', '    `gone.ts`', '| `gone.ts` |'])).toEqual([
    'docs/other.md:6: there is no gone.ts',
  ]);
});

test('a script that is told to run is in package.json, in prose and in code, each of several', () => {
  const lines = [
    'Say `npm run demo`.',
    '',
    '    npm run spot-handler -- --help',
    '',
    '    npm run demo|gone -- x',
    'npm run …',
  ];
  expect(judge(lines)).toEqual(['docs/other.md:5: there is no npm run gone']);
  expect(judge(['npm run spot'])).toEqual(['docs/other.md:1: there is no npm run spot']);
});
