import type { Clock } from '@castai/shared/async/clock.ts';
import { DataProblem, type DataProblemKind } from './data-problem.ts';
import { findSettings } from './node-folder.ts';
import { parseOvfEnv } from './ovf-env.ts';
import { type FileSnapshot, SafeDirectory } from './safe-directory.ts';
import { parseSettings, type Settings } from './settings-file.ts';

/** Everything that is read of a node, decoded and consistent. The owner wipes it with `wipeNodeFiles`. */
export interface NodeFiles {
  /** Empty when the node has none and `isCustomDataOptional`. */
  readonly customData: Buffer;
  readonly settings: Settings;
  /** PEM of the key that the settings name; absent when they are not encrypted. */
  readonly privateKeyPem: Buffer | undefined;
  readonly extensionVersion: string;
  readonly sequence: number;
  /** Tells two readings apart; compared by `confirmUnchanged` after decrypting. */
  readonly identity: string;
}

/** How a node is read. */
export interface ReadOptions {
  /** The folder of the Azure agent, as mounted. */
  readonly root: string;
  readonly isCustomDataOptional: boolean;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Between the two readings that must be equal; 500 ms unless told. */
  readonly settleMs?: number;
  /** How long files must have been left alone; 2 s unless told. */
  readonly minAgeMs?: number;
  /** Readings before giving up; 5 unless told. */
  readonly attempts?: number;
}

const MAX_OVF_ENV_BYTES = 1024 * 1024;
const MAX_KEY_BYTES = 64 * 1024;
const RETRY_MS = 250;

/** Conditions that a file being rewritten can bring about, so that another look within the second is worth it. */
const PASSING: ReadonlySet<DataProblemKind> = new Set([
  'ovf-env-malformed',
  'settings-empty',
  'settings-malformed',
  'unstable',
]);

/**
 * Reads the pair that a node was bootstrapped with, and the key for it.
 *
 * The files are rewritten in place by others, without locks. Sizes, times and equal readings do not show it: kernel times
 * are coarse, and two readings can both be empty. A reading counts when nothing was written for two seconds, everything
 * parses in full, and a second reading half a second later is the same byte for byte. Throws `DataProblem`.
 */
export async function readNodeFiles(options: ReadOptions, signal: AbortSignal): Promise<NodeFiles> {
  const { clock, attempts = 5 } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readTwice(options, signal);
    } catch (error) {
      if (!(error instanceof DataProblem) || !PASSING.has(error.kind) || attempt >= attempts) throw error;
      await clock.sleep(RETRY_MS * 2 ** (attempt - 1), signal);
    }
  }
}

/**
 * Makes sure, after decrypting, that the pair is still what it was: its two files belong together. Throws `settings-changed`, or
 * as a reading does.
 */
export async function confirmUnchanged({ root }: Pick<ReadOptions, 'root'>, files: NodeFiles): Promise<void> {
  const raw = await readRaw(root);
  wipeRaw(raw);
  if (raw.identity === files.identity) return;
  throw new DataProblem('settings-changed', 'the files were rewritten while they were decrypted');
}

/** Overwrites what was read. */
export function wipeNodeFiles({ customData, settings, privateKeyPem }: NodeFiles): void {
  customData.fill(0);
  privateKeyPem?.fill(0);
  if (settings.source === 'public') settings.plaintext.fill(0);
}

async function readTwice(options: ReadOptions, signal: AbortSignal): Promise<NodeFiles> {
  const { root, clock, settleMs = 500 } = options;
  const first = await readRaw(root);
  let files: NodeFiles | undefined;
  try {
    await waitUntilOld(first, options, signal);
    files = parseRaw(first, options);
    await clock.sleep(settleMs, signal);
    const second = await readRaw(root, first);
    const isStable = isSame(first, second);
    wipeRaw(second, first);
    if (isStable) return files;
    throw unstable();
  } catch (error) {
    files?.customData.fill(0);
    wipeRaw(first);
    throw error;
  } finally {
    // The key is handed out as it was read; everything else as what was decoded from it.
    first.ovfEnv.bytes.fill(0);
    first.settingsFile.bytes.fill(0);
  }
}

/** The three files of one reading. */
interface RawFiles {
  readonly ovfEnv: FileSnapshot;
  readonly settingsFile: FileSnapshot;
  readonly settings: Settings;
  readonly key: FileSnapshot | undefined;
  readonly extensionVersion: string;
  readonly sequence: number;
  readonly identity: string;
}

/** `known`: settings that were parsed before, for bytes that have not changed. */
async function readRaw(root: string, known?: Pick<RawFiles, 'settings' | 'settingsFile'>): Promise<RawFiles> {
  await using directory = await SafeDirectory.open(root);
  const ovfEnv = await directory.readFile('ovf-env.xml', MAX_OVF_ENV_BYTES);
  if (ovfEnv === undefined) {
    throw new DataProblem('ovf-env-missing', 'there is no provisioning document (ovf-env.xml)', {
      hint: 'the node is being provisioned, or its image keeps the document elsewhere',
    });
  }
  let settingsFile: FileSnapshot | undefined;
  try {
    const found = await findSettings(directory);
    const { extensionVersion, sequence } = found;
    settingsFile = found.file;
    const isKnown = known?.settingsFile.bytes.equals(settingsFile.bytes) === true;
    const settings = isKnown ? known.settings : parseSettings(settingsFile.bytes);
    const key = settings.source === 'protected' ? await readKey(directory, settings.thumbprint) : undefined;
    const identity = [extensionVersion, sequence, ovfEnv.identity, settingsFile.identity, key?.identity].join(' ');
    return { ovfEnv, settingsFile, settings, key, extensionVersion, sequence, identity };
  } catch (error) {
    ovfEnv.bytes.fill(0);
    settingsFile?.bytes.fill(0);
    throw error;
  }
}

async function readKey(directory: SafeDirectory, thumbprint: string): Promise<FileSnapshot> {
  const key = await directory.readFile(`${thumbprint}.prv`, MAX_KEY_BYTES);
  if (key !== undefined) return key;
  // Never another key in its place: the directory also holds those of Key Vault certificates.
  throw new DataProblem('key-missing', 'the key that the settings are encrypted for is not there', {
    hint: 'certificates are being exchanged, or the Azure agent cannot download the new one',
  });
}

function parseRaw(raw: RawFiles, { isCustomDataOptional }: ReadOptions): NodeFiles {
  const { settings, extensionVersion, sequence, identity } = raw;
  if (raw.ovfEnv.bytes.length === 0) throw unstable();
  let customData: Buffer;
  try {
    customData = parseOvfEnv(raw.ovfEnv.bytes);
  } catch (error) {
    const isAbsent = error instanceof DataProblem && error.kind === 'custom-data-absent';
    if (!isAbsent || !isCustomDataOptional) throw error;
    customData = Buffer.alloc(0);
  }
  return { customData, settings, privateKeyPem: raw.key?.bytes, extensionVersion, sequence, identity };
}

/** A clock that was set back makes files from the future: those count as old, or they never would. */
async function waitUntilOld(raw: RawFiles, options: ReadOptions, signal: AbortSignal): Promise<void> {
  const { clock, minAgeMs = 2_000 } = options;
  const newestMs = Math.max(raw.ovfEnv.mtimeMs, raw.settingsFile.mtimeMs, raw.key?.mtimeMs ?? 0);
  const ageMs = clock.now() - newestMs;
  if (Math.abs(ageMs) < minAgeMs) await clock.sleep(minAgeMs - ageMs, signal);
}

function isSame(first: RawFiles, second: RawFiles): boolean {
  const keys = first.key?.bytes ?? Buffer.alloc(0);
  return (
    first.identity === second.identity &&
    first.ovfEnv.bytes.equals(second.ovfEnv.bytes) &&
    first.settingsFile.bytes.equals(second.settingsFile.bytes) &&
    keys.equals(second.key?.bytes ?? Buffer.alloc(0))
  );
}

/** Overwrites a reading, except for what it shares with `kept`. */
function wipeRaw({ ovfEnv, settingsFile, settings, key }: RawFiles, kept?: RawFiles): void {
  ovfEnv.bytes.fill(0);
  settingsFile.bytes.fill(0);
  key?.bytes.fill(0);
  if (settings !== kept?.settings && settings.source === 'public') settings.plaintext.fill(0);
}

function unstable(): DataProblem {
  return new DataProblem('unstable', 'the files are being rewritten', {
    hint: 'nothing to do: they are read again when they have been left alone',
  });
}
