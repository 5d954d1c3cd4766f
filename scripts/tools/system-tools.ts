import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { runCommand } from '../run-command.ts';

/** A program of the system that tests start. */
interface Tool {
  readonly name: string;
  /** Variable that names its file, for whoever has it elsewhere; the tests follow it. */
  readonly variable?: string;
  /** Debian's package. */
  readonly package: string;
  /**
   * Taken out of the package without installing it: the package of promtool would start a server. Path inside of it.
   */
  readonly extract?: string;
}

const TOOLS: readonly Tool[] = [
  { name: 'openssl', package: 'openssl' },
  { name: 'chromium', variable: 'CHROMIUM', package: 'chromium' },
  { name: 'umoci', package: 'umoci' },
  { name: 'strip', package: 'binutils' },
  { name: 'promtool', variable: 'PROMTOOL', package: 'prometheus', extract: 'usr/bin/promtool' },
];

/** What tests can use. */
export interface FoundTools {
  /** Variables that tell the tests where the tools are. */
  readonly env: Readonly<Record<string, string>>;
  /** What to do about those that are missing; undefined: none is. */
  readonly advice: string | undefined;
}

/** Looks for the tools and, as root on a Debian machine, gets those that are missing. */
export async function ensureTools(say: (line: string) => void): Promise<FoundTools> {
  let missing = TOOLS.filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && onPath('apt-get') !== undefined) {
    say(`installing ${missing.map(({ name }) => name).join(', ')} with apt-get, once …`);
    await install(missing, say);
    missing = TOOLS.filter((tool) => findTool(tool) === undefined);
  }
  const found = TOOLS.flatMap((tool) => {
    const file = findTool(tool);
    return file === undefined || tool.variable === undefined ? [] : [[tool.variable, file] as const];
  });
  return { env: Object.fromEntries(found), advice: missing.length === 0 ? undefined : describeMissing(missing) };
}

function describeMissing(missing: readonly Tool[]): string {
  const names = missing.map(({ name }) => name).join(', ');
  const packages = missing.map((tool) => tool.package).join(' ');
  const variables = missing.flatMap(({ variable }) => variable ?? []);
  return (
    `${names} ${missing.length === 1 ? 'is' : 'are'} missing: the tests that need ${missing.length === 1 ? 'it' : 'them'} fail.\n` +
    `Install: sudo apt-get install -y --no-install-recommends ${packages}` +
    (variables.length === 0 ? '' : ` (or name the files in ${variables.join(', ')})`)
  );
}

function findTool({ name, variable, extract }: Tool): string | undefined {
  const told = variable === undefined ? undefined : process.env[variable];
  if (told !== undefined && told !== '') return isExecutable(told) ? told : undefined;
  const extracted = extract === undefined ? '' : join(extractedFolder(name), extract);
  return onPath(name) ?? (isExecutable(extracted) ? extracted : undefined);
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}

const extractedFolder = (name: string): string => join(cacheFolder(), name);

async function install(tools: readonly Tool[], say: (line: string) => void): Promise<void> {
  await apt(['update'], say);
  const packages = tools.filter(({ extract }) => extract === undefined).map((tool) => tool.package);
  if (packages.length > 0) await apt(['install', '-y', '--no-install-recommends', ...packages], say);
  for (const tool of tools) if (tool.extract !== undefined) await extractTool(tool, say);
}

async function extractTool(tool: Tool, say: (line: string) => void): Promise<void> {
  const folder = extractedFolder(tool.name);
  mkdirSync(folder, { recursive: true });
  await apt(['download', tool.package], say, folder);
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (archive === undefined) return;
  await runCommand({ program: 'dpkg', args: ['-x', archive, folder], directory: folder });
}

/** Networks fail for a moment, so everything is tried twice. What apt says is shown only when it did not work, without addresses. */
async function apt(args: readonly string[], say: (line: string) => void, directory?: string): Promise<void> {
  const command = {
    program: 'apt-get',
    args: ['-qq', ...args],
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    ...(directory === undefined ? {} : { directory }),
  };
  let result = await runCommand(command);
  if (result.code !== 0) result = await runCommand(command);
  if (result.code === 0) return;
  const said = result.output.trimEnd().replaceAll(/\b(?:https?|ftp):\/\/\S+/gu, '(address)');
  say(`apt-get ${args.join(' ')} failed:\n${said}`);
}
