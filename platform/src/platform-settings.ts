import { dirname, resolve } from 'node:path';
import type { SecretSource } from '@castai/shared/config/option-table.ts';
import { CastaiError, describeError } from '@castai/shared/errors.ts';

import type { PlatformConfig } from './config.ts';
import { type Wire, WIRES } from './front/route.ts';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { type NotifyConfig, parseEndpoints } from './notify/parse-endpoints.ts';

/** What of a platform is set by options. */
export interface PlatformSettings {
  /** The SQLite file. Missing: a temporary one, deleted at the end. */
  readonly databaseFile?: string;
  /** Accepted API keys; none: any key. */
  readonly apiKeys: readonly string[];
  /** Private keys that open AKS init data: base64 of 32 bytes (X25519), by their ids. */
  readonly initDataKeys: Readonly<Record<string, string>>;
  /** Folder with the keys by which clusters sign tokens. Missing: no token is checked. */
  readonly clusterKeysDir?: string;
  /** Who those tokens have to be for. */
  readonly podTokenAudience: string;
  /** Refuses reports without one, where the keys are known. */
  readonly isPodTokenRequired: boolean;
  readonly wires: readonly Wire[];
  readonly limits: Partial<Limits>;
  /** Records every applied entry. */
  readonly history: boolean;
  /** Who is told of trouble. Missing: nobody. */
  readonly notify?: NotifyConfig;
  /** Endpoints may be made and changed on the page. */
  readonly mayChangeEndpoints: boolean;
  /** Actions may be wanted on the page. */
  readonly mayAct: boolean;
}

/**
 * What the options say of a platform. Throws `CONFIG_INVALID` for keys that are none and for a file of endpoints that cannot be used, and what
 * reading a file of keys throws.
 */
export function platformSettings(config: PlatformConfig, readFile: (path: string) => string): PlatformSettings {
  const { databaseFile, clusterKeysDir, podTokenAudience, isPodTokenRequired, notifyFile } = config;
  return {
    ...(databaseFile === undefined ? {} : { databaseFile }),
    apiKeys: readList(config.apiKeys, readFile),
    initDataKeys: readInitDataKeys(readList(config.initDataKeys, readFile)),
    ...(clusterKeysDir === undefined ? {} : { clusterKeysDir }),
    podTokenAudience,
    isPodTokenRequired,
    wires: WIRES.filter((wire) => config.wires.includes(wire)),
    limits: { heartbeatMs: config.heartbeatMs },
    history: config.isRecorded,
    mayChangeEndpoints: config.mayChangeEndpoints,
    mayAct: config.mayAct,
    ...(notifyFile === undefined ? {} : { notify: readEndpoints(notifyFile, readFile) }),
  };
}

/** Files that it names are looked for beside it. */
function readEndpoints(file: string, readFile: (path: string) => string): NotifyConfig {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    const message = `NOTIFY_FILE ${file} cannot be read: ${describeError(error)}`;
    throw new CastaiError('CONFIG_INVALID', message, { cause: error, hint: 'name a file that can be read' });
  }
  return parseEndpoints(text, (path) => readFile(resolve(dirname(file), path)));
}

/** The entries of a list that is secret: separated by commas or lines, a line that begins with `#` is a comment. */
function readList(source: SecretSource | undefined, readFile: (path: string) => string): string[] {
  if (source === undefined) return [];
  const text = 'value' in source ? source.value.reveal() : readFile(source.file);
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Private keys by their ids. Throws `CONFIG_INVALID` that shows nothing of an entry that is not `id:base64` of 32 bytes. */
function readInitDataKeys(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry, index) => {
      const [id = '', key = ''] = entry.split(':');
      if (id !== '' && Buffer.from(key, 'base64').length === 32) return [id, key];
      throw new CastaiError('CONFIG_INVALID', `entry ${index + 1} of INIT_DATA_KEYS is no key`, {
        hint: 'write id:base64 of the 32 bytes of an X25519 private key',
      });
    }),
  );
}
