/** The command line of `npm run platform-rig`: what tests set of the platform's own options, and faults. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PLATFORM_OPTIONS } from '@castai/platform/config.ts';
import { platformSettings } from '@castai/platform/platform-settings.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import type { RigOptions } from './rig.ts';

/** What `--help` prints. */
export const HELP = `Reference platform for tests, with faults and, without a key, the control API at /_control/ around it.

  --port N          port to listen on (default 8080; 0: any free one)
  --host ADDRESS    address to listen on (default 127.0.0.1: the page has no key)
  --db FILE         SQLite file that keeps everything (default: a temporary one, deleted at the end)
  --api-key K       accepted API key, may be repeated (default: any key)
  --heartbeat-ms N  how long an agent may be silent (default 15000)
  --wire W          wire that is served, ingest or agent-deltas, may be repeated (default: both)
  --init-data-key K opens AKS init data: id:base64 of an X25519 private key, may be repeated
  --cluster-keys D  folder with the keys by which tokens of pods are checked, <cluster id>.json
  --audience A      who those tokens have to be for
  --require-token   refuse reports without one
  --notify-file F   whom to tell of trouble, as NOTIFY_FILE
  --allow-actions   nodes may be cordoned, drained and removed on the page, as ALLOW_ACTIONS
  --allow-endpoints endpoints of notifications may be made on the page, as ALLOW_ENDPOINTS
  --history         record every applied entry, in the table history
  --fault JSON      a fault from the start, may be repeated, as POST /_control/faults takes it
  --help            this text

Prints one line of JSON, {"url": …}, when it serves. The page is at that address.
`;

/** Reads arguments; `undefined`: help was asked for. Throws an `Error` that names what is wrong. */
export function parseRigOptions(args: readonly string[]): RigOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const faults = values.fault.map(parseJson);
  const environment = {
    PORT: values.port,
    HOST: values.host,
    DATABASE_FILE: values.db,
    API_KEYS: values['api-key'].join('\n'),
    INIT_DATA_KEYS: values['init-data-key'].join('\n'),
    CLUSTER_KEYS_DIR: values['cluster-keys'],
    POD_TOKEN_AUDIENCE: values.audience,
    NOTIFY_FILE: values['notify-file'],
    ALLOW_ENDPOINTS: String(values['allow-endpoints']),
    ALLOW_ACTIONS: String(values['allow-actions']),
    REQUIRE_POD_TOKEN: String(values['require-token']),
    HEARTBEAT: values['heartbeat-ms'] && `${values['heartbeat-ms']}ms`,
    WIRES: values.wire.join(','),
    HISTORY: String(values.history),
  };
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const { config } = parseOptions(PLATFORM_OPTIONS, { environment, readFile });
  return { port: config.port, host: config.host, ...platformSettings(config, readFile), faults };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      db: { type: 'string' },
      'api-key': { type: 'string', multiple: true, default: [] },
      'heartbeat-ms': { type: 'string' },
      'init-data-key': { type: 'string', multiple: true, default: [] },
      'cluster-keys': { type: 'string' },
      audience: { type: 'string' },
      'notify-file': { type: 'string' },
      'allow-actions': { type: 'boolean', default: false },
      'allow-endpoints': { type: 'boolean', default: false },
      'require-token': { type: 'boolean', default: false },
      history: { type: 'boolean', default: false },
      wire: { type: 'string', multiple: true, default: [] },
      fault: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError(`--fault must be JSON, not ${text}`, { cause: error });
  }
}
