import { DataProblem } from './data-problem.ts';
import {
  chooseSettings,
  type ExtensionFolder,
  extensionFolders,
  orderByState,
  type SettingsCandidate,
} from './extension-folders.ts';
import type { FileSnapshot, SafeDirectory } from './safe-directory.ts';
import { ScanBudget } from './scan-budget.ts';

/** Where the settings came from. */
export interface FoundSettings {
  readonly file: FileSnapshot;
  readonly extensionVersion: string;
  readonly sequence: number;
}

const SETTINGS_FILE = /^(?<sequence>\d{1,15})\.settings$/u;
const MAX_SETTINGS_BYTES = 1024 * 1024;
const MAX_WORD_BYTES = 4096;

/** Versions that are looked at, newest first: an upgrade leaves one or two behind, and each costs two open handles. */
const MOST_FOLDERS = 32;

/**
 * The one settings file that counts. Throws `DataProblem` `custom-script-absent` or `settings-empty` when there is none, `too-large` when
 * there is more to look at than any node has.
 */
export async function findSettings(root: SafeDirectory): Promise<FoundSettings> {
  const budget = new ScanBudget();
  const folders = await openFolders(root, budget);
  try {
    for (const { directory, config, version } of orderByState(folders)) {
      const chosen = await choose({ directory, config }, budget);
      const file =
        chosen === undefined ? undefined : await config.readFile(`${chosen.sequence}.settings`, MAX_SETTINGS_BYTES);
      if (chosen !== undefined && file !== undefined) {
        return { file, extensionVersion: version, sequence: chosen.sequence };
      }
    }
  } finally {
    await closeAll(folders);
  }
  if (folders.length === 0) {
    throw new DataProblem('custom-script-absent', 'there is no CustomScript extension', {
      hint: 'this is not a node of an AKS agent pool, or its provisioning has not come so far',
    });
  }
  throw new DataProblem('settings-empty', 'the CustomScript extension has no settings that are not empty', {
    hint: 'the extension runs or was just upgraded; they come back with the next goal state',
  });
}

/**
 * A text that changes when any file that counts does, as far as sizes and times tell. Nothing is read but the words that
 * say which settings count. Throws like `findSettings`, except that absent files are part of the text.
 */
export async function folderSignature(root: SafeDirectory): Promise<string> {
  // The folder's own times change when a key is added or exchanged; names of keys are not known without the settings.
  const parts = [identity('.', await root.stat('.')), identity('ovf-env.xml', await root.stat('ovf-env.xml'))];
  const budget = new ScanBudget();
  const folders = await openFolders(root, budget);
  try {
    for (const { directory, config, version, state } of folders) {
      parts.push(`${version} ${state}`, identity('mrseq', await directory.stat('mrseq')));
      for (const { name } of settingsFiles(await listed(config, budget))) {
        parts.push(identity(name, await config.stat(name)));
      }
    }
  } finally {
    await closeAll(folders);
  }
  return parts.sort().join('\n');
}

interface OpenFolder {
  readonly directory: SafeDirectory;
  readonly config: SafeDirectory;
  readonly version: string;
  readonly state: string;
}

async function openFolders(root: SafeDirectory, budget: ScanBudget): Promise<OpenFolder[]> {
  const folders: OpenFolder[] = [];
  try {
    for (const { name, version } of extensionFolders(await listed(root, budget)).slice(0, MOST_FOLDERS)) {
      const folder = await openFolder(root, { name, version });
      if (folder !== undefined) folders.push(folder);
    }
    return folders;
  } catch (error) {
    await closeAll(folders);
    throw error;
  }
}

async function openFolder(root: SafeDirectory, { name, version }: ExtensionFolder): Promise<OpenFolder | undefined> {
  const stack = new AsyncDisposableStack();
  try {
    const directory = stack.use(await root.directory(name));
    const config = stack.use(await directory?.directory('config'));
    if (directory !== undefined && config !== undefined) {
      const state = await readWord(config, 'HandlerState');
      stack.move();
      return { directory, config, version, state };
    }
    return undefined;
  } finally {
    // What was not handed out.
    await stack.disposeAsync();
  }
}

async function closeAll(folders: readonly OpenFolder[]): Promise<void> {
  for (const { directory, config } of folders) {
    await config[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  }
}

async function choose(
  { directory, config }: Pick<OpenFolder, 'directory' | 'config'>,
  budget: ScanBudget,
): Promise<SettingsCandidate | undefined> {
  const candidates: SettingsCandidate[] = [];
  for (const { name, sequence } of settingsFiles(await listed(config, budget))) {
    const facts = await config.stat(name);
    // What is no file is chosen too: reading it says so, which passing over it would not.
    if (facts !== undefined && (facts.bytes > 0 || !facts.isFile))
      candidates.push({ sequence, mtimeMs: facts.mtimeMs });
  }
  const processed = await readWord(directory, 'mrseq');
  return chooseSettings(candidates, /^\d{1,15}$/u.test(processed) ? Number(processed) : undefined);
}

async function listed(directory: SafeDirectory, budget: ScanBudget): Promise<string[]> {
  const names = await directory.list();
  budget.spend(names.length);
  return names;
}

function settingsFiles(names: readonly string[]): { name: string; sequence: number }[] {
  return names.flatMap((name) => {
    const sequence = SETTINGS_FILE.exec(name)?.groups?.['sequence'];
    // `007.settings` would be looked for as `7.settings`; nothing writes that.
    return sequence === undefined || String(Number(sequence)) !== sequence
      ? []
      : [{ name, sequence: Number(sequence) }];
  });
}

/** A small file of one word, trimmed; empty when it is missing. */
async function readWord(directory: SafeDirectory, name: string): Promise<string> {
  const file = await directory.readFile(name, MAX_WORD_BYTES);
  return file === undefined ? '' : file.bytes.toString('latin1').trim();
}

function identity(name: string, facts: { readonly identity: string } | undefined): string {
  return `${name} ${facts?.identity ?? 'absent'}`;
}
