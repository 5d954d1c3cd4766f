/** The command line of `npm run platform`. Pure. */
import { parseArgs } from 'node:util';
import type { ServerAddress } from './front/server.ts';
import type { PlatformOptions } from './platform.ts';

/** What `--help` prints. */
export const HELP = `Reference platform: takes what agents send and shows it.

  --port N          port to listen on (default 8080; 0: any free one)
  --host ADDRESS    address to listen on (default 127.0.0.1: the page has no key)
  --db FILE         SQLite file that keeps everything (default: a temporary one, deleted at the end)
  --api-key K       accepted API key, may be repeated (default: any key)
  --heartbeat-ms N  how long an agent may be silent (default 15000)
  --init-data-key K opens AKS init data: id:base64 of an X25519 private key, may be repeated
  --history         record every applied entry, in the table history
  --help            this text

Prints one line of JSON, {"url": …}, when it serves. The page is at that address.
`;

/** What arguments say. */
export type PlatformArguments = ServerAddress & Omit<PlatformOptions, 'clock' | 'onError' | 'hooks'>;

/** Reads arguments; `undefined`: help was asked for. Throws `RangeError` that names the wrong argument. */
export function parseOptions(args: readonly string[]): PlatformArguments | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    port: wholeNumber('--port', values.port, 65_535),
    host: values.host,
    ...(values.db === undefined ? {} : { databaseFile: values.db }),
    apiKeys: values['api-key'],
    limits: { heartbeatMs: wholeNumber('--heartbeat-ms', values['heartbeat-ms'], 3_600_000) },
    initDataKeys: Object.fromEntries(values['init-data-key'].map(parseKey)),
    history: values.history,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8080' },
        host: { type: 'string', default: '127.0.0.1' },
        db: { type: 'string' },
        'api-key': { type: 'string', multiple: true, default: [] },
        'heartbeat-ms': { type: 'string', default: '15000' },
        'init-data-key': { type: 'string', multiple: true, default: [] },
        history: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : 'wrong arguments', { cause: error });
  }
}

function wholeNumber(name: string, value: string, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= max) return number;
  throw new RangeError(`${name} must be a whole number from 0 to ${max}, not ${value}`);
}

function parseKey(text: string): [string, string] {
  const [id = '', key = ''] = text.split(':');
  if (id !== '' && Buffer.from(key, 'base64').length === 32) return [id, key];
  throw new RangeError('--init-data-key must be id:base64 of 32 bytes');
}
