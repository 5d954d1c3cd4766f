import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const BLOCK = /<!-- commands: (?<name>[a-z ]+) -->\n(?<text>[\s\S]*?)<!-- end of commands -->/gu;

/** The commands of a marked block of the README, one a line, without comments. Throws when there is no such block. */
export function readmeCommands(name: string): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const block = [...readme.matchAll(BLOCK)].find((match) => match.groups?.['name'] === name);
  if (block === undefined) throw new Error(`README.md has no block "commands: ${name}"`);
  const lines = (block.groups?.['text'] ?? '').split('\n').filter((line) => line.startsWith('    '));
  // A line that ends in a backslash goes on.
  return lines
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\s*\\\n\s*/gu, ' ')
    .split('\n');
}

/** What a command may use. */
export interface ShellOptions {
  /** Folders with the programs; nothing else is found. */
  readonly path: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Runs one command as a shell of a user would, from the root of the checkout. Throws with its words when it fails. */
export async function runInShell(command: string, { path, env }: ShellOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: ROOT, env: { ...env, PATH: path.join(':') } };
    execFile('/bin/sh', ['-euc', command], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command}\nfailed: ${stderr}${stdout}`, { cause: error }));
    });
  });
}
