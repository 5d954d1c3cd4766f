/**
 * `npm run generate`: writes the parts of README.md that come from the code, between `<!-- generated: <name> -->` and
 * `<!-- end of generated -->`. With `--check` nothing is written; exit code 1 tells that a part is not what the code gives.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_OPTIONS } from '../agent/src/config.ts';
import { AgentMetrics } from '../agent/src/observe/agent-metrics.ts';
import { describeScrubPolicy } from '../agent/src/scrub/describe-scrub-policy.ts';
import { ANNOTATIONS, SCRUB_SWITCHES } from '../agent/src/scrub/rules.ts';
import { type FeedSpec, allFeeds } from '../agent/src/feeds/feeds.ts';
import { systemClock } from '../shared/src/async/clock.ts';
import { describeOptions } from '../shared/src/config/option-table.ts';

const README = join(import.meta.dirname, '../README.md');
const SECTION = /(?<=<!-- generated: ([a-z ]+) -->\n)[\s\S]*?(?=<!-- end of generated -->)/gu;

const SECTIONS: Readonly<Record<string, () => Promise<string> | string>> = {
  options: () =>
    table(
      ['variable', 'default', 'value', 'meaning'],
      describeOptions(AGENT_OPTIONS).map((row) => [
        row.name.split(' or ').map(code).join(' or '),
        row.default === 'required' ? 'required' : code(row.default),
        row.type,
        row.meaning,
      ]),
    ),
  'kinds read': () => table(['kinds', 'API group', 'note'], kindRows()),
  'scrub switches': () =>
    table(
      ['name', 'lets out'],
      Object.entries(SCRUB_SWITCHES).map(([name, meaning]) => [code(name), meaning]),
    ),
  annotations: () =>
    table(
      ['key, or all keys of a domain', 'why'],
      ANNOTATIONS.map(({ allow, why }) => [code(allow), why]),
    ),
  'scrub policy': () => table(['part', 'all that is sent of it'], policyRows()),
  metrics: async () => table(['metric', 'type', 'meaning'], await metricRows()),
};

const before = readFileSync(README, 'utf8');
const made = new Map<string, string>();
for (const [name, make] of Object.entries(SECTIONS)) made.set(name, await make());
const missing = new Set(made.keys());
const after = before.replaceAll(SECTION, (_old, name: string) => {
  const section = made.get(name);
  if (section === undefined) throw new Error(`README.md wants a part ${name}, which nobody makes`);
  missing.delete(name);
  return `${section}\n`;
});
if (missing.size > 0) throw new Error(`README.md has no place for ${[...missing].join(', ')}`);
if (!process.argv.includes('--check')) writeFileSync(README, after);
else if (after !== before) {
  console.error('README.md is not what the code gives: run npm run generate');
  process.exitCode = 1;
}

function kindRows(): string[][] {
  const feeds = allFeeds({ configMapNamespaces: ['…'], readRbac: true, readIngress: true });
  const groups = Map.groupBy(feeds, (feed) => [feed.group, noteOf(feed)].join('|'));
  return [...groups.values()].map((of) => {
    const [first] = of;
    const kinds = of.map(({ kind }) => kind).join(', ');
    return [kinds, first?.group === '' ? 'core' : (first?.group ?? ''), first === undefined ? '' : noteOf(first)];
  });
}

function noteOf(feed: FeedSpec): string {
  if (feed.namespace !== '') return 'only in the namespaces of `CONFIG_MAP_NAMESPACES`';
  if (feed.fieldSelector !== '') return `only those with ${code(feed.fieldSelector)}`;
  if (feed.mode === 'poll') return 'polled';
  if (feed.readSwitch === 'rbac') return 'unless `READ_RBAC` is false';
  return feed.readSwitch === 'ingress' ? 'unless `READ_INGRESS` is false' : '';
}

function policyRows(): string[][] {
  return describeScrubPolicy().map(({ part, isShared, sends }) => [isShared ? `*${part}*` : part, code(sends)]);
}

async function metricRows(): Promise<string[][]> {
  const none = { pendingBytes: () => 0, pendingCount: () => 0, isLeader: () => false, feeds: () => [] };
  const { registry } = new AgentMetrics({ version: '', clock: systemClock, sources: none });
  const { text } = await registry.expose();
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)].map(([, name, type]) => [name, type]));
  return [...text.matchAll(/^# HELP (castai_\S+) (.*)$/gmu)].map(([, name = '', help = '']) => [
    code(name),
    types.get(name) ?? '',
    help,
  ]);
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
