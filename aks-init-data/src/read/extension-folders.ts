import { compareText } from '@castai/shared/compare-text.ts';

/** One folder of the CustomScript extension, by its name. */
export interface ExtensionFolder {
  readonly name: string;
  /** `2.1.19`. */
  readonly version: string;
}

/** The agent matches the names of goal states without regard to case, so folders may differ in it. */
const FOLDER = /^microsoft\.azure\.extensions\.customscript-(?<version>\d{1,9}(?:\.\d{1,9}){0,5})$/iu;

/** States in which the agent itself ignores a folder. */
const DEAD_STATES = new Set(['NotInstalled', 'FailedUpgrade']);

/** The CustomScript folders among names, newest version first; 2.1.10 is newer than 2.1.6. */
export function extensionFolders(names: readonly string[]): ExtensionFolder[] {
  return names
    .flatMap((name) => {
      const version = FOLDER.exec(name)?.groups?.['version'];
      return version === undefined ? [] : [{ name, version }];
    })
    .sort((a, b) => compareVersions(b.version, a.version) || compareText(a.name, b.name));
}

/**
 * Folders in the order in which they are looked at: those that are enabled before the others, newer before older, none that
 * was never installed or whose upgrade failed. `states` are the texts of `config/HandlerState`.
 */
export function orderByState<T extends { readonly state: string }>(folders: readonly T[]): T[] {
  const alive = folders.filter(({ state }) => !DEAD_STATES.has(state));
  return [...alive.filter(({ state }) => state === 'Enabled'), ...alive.filter(({ state }) => state !== 'Enabled')];
}

/** A settings file that is not empty. */
export interface SettingsCandidate {
  readonly sequence: number;
  readonly mtimeMs: number;
}

/**
 * Which settings file counts: that of the sequence number that the extension processed last if it is there, else the one
 * written last, else the highest number. The extension empties all others, and numbers need not rise.
 */
export function chooseSettings(
  candidates: readonly SettingsCandidate[],
  processed: number | undefined,
): SettingsCandidate | undefined {
  const byProcessed = candidates.find(({ sequence }) => sequence === processed);
  return byProcessed ?? [...candidates].sort((a, b) => b.mtimeMs - a.mtimeMs || b.sequence - a.sequence)[0];
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
