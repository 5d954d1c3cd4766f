import { COMMON_OPTIONS } from '@castai/shared/config/common-options.ts';
import { type ConfigOf, defineOptions } from '@castai/shared/config/option-table.ts';

import { WIRES } from './front/route.ts';

/** Every option of the platform. The README's table is generated from this one. */
export const PLATFORM_OPTIONS = defineOptions({
  port: {
    kind: 'integer',
    variable: 'PORT',
    default: '8080',
    min: 0,
    max: 65_535,
    meaning: 'Port of the calls and the page; 0 takes a free one, and the log says which.',
  },
  host: {
    kind: 'string',
    variable: 'HOST',
    default: '127.0.0.1',
    meaning:
      'Address to listen on; `*`: every address. The page has no key: whoever reaches this address sees every cluster.',
  },
  databaseFile: {
    kind: 'string',
    variable: 'DATABASE_FILE',
    meaning: 'SQLite file that keeps everything; without it a temporary one, deleted at the end.',
  },
  apiKeys: {
    kind: 'secret',
    variable: 'API_KEYS',
    meaning:
      'The keys that are taken, separated by commas or lines; any key when there are none. Behind a key may stand what it is restricted to: `cluster=<id>`, `role=agent`, `role=spot`, `role=init-data`.',
  },
  initDataKeys: {
    kind: 'secret',
    variable: 'INIT_DATA_KEYS',
    meaning:
      'Private keys that open AKS init data, separated by commas or lines: `id:base64` of 32 bytes each (X25519).',
  },
  clusterKeysDir: {
    kind: 'string',
    variable: 'CLUSTER_KEYS_DIR',
    meaning:
      'Folder with `<cluster id>.json`: `issuer` and `keys` (JWKS) by which the tokens of pods are checked that come with reports, and perhaps `accounts`, the only service accounts (`namespace/name`) that count. Read for each report.',
  },
  podTokenAudience: {
    kind: 'string',
    variable: 'POD_TOKEN_AUDIENCE',
    default: 'https://api.cast.ai',
    meaning:
      'Who those tokens have to be for; what the chart has as `podToken.audience`, which is its `apiUrl` unless told.',
  },
  isPodTokenRequired: {
    kind: 'boolean',
    variable: 'REQUIRE_POD_TOKEN',
    default: 'false',
    meaning: 'Whether a report without a token that names a node is refused, where the keys of its cluster are known.',
  },
  wires: {
    kind: 'list',
    variable: 'WIRES',
    values: WIRES,
    default: WIRES.join(','),
    meaning: 'The wires that are served: our own, and that of the existing agents. The calls of another one are a 404.',
  },
  heartbeatMs: {
    kind: 'duration',
    variable: 'HEARTBEAT',
    default: '15s',
    minMs: 1,
    maxMs: 3_600_000,
    meaning: 'How long an agent may be silent; agents are told.',
  },
  isRecorded: {
    kind: 'boolean',
    variable: 'HISTORY',
    default: 'false',
    meaning: 'Whether every session and every entry is recorded in the table `history`; it is never cut.',
  },
  notifyFile: {
    kind: 'string',
    variable: 'NOTIFY_FILE',
    meaning:
      'JSON file that says whom to tell of trouble of a cluster, see docs/notifications.md; without it nobody is told.',
  },
  mayChangeEndpoints: {
    kind: 'boolean',
    variable: 'ALLOW_ENDPOINTS',
    default: 'false',
    meaning:
      'Whether endpoints of notifications may be made and changed on the page, which has no key: by whoever reaches `HOST`.',
  },
  mayAct: {
    kind: 'boolean',
    variable: 'ALLOW_ACTIONS',
    default: 'false',
    meaning:
      'Whether nodes may be cordoned, drained and removed on the page, which has no key: by whoever reaches `HOST`. A cluster controller carries it out.',
  },
  drainMs: {
    kind: 'durationSeconds',
    variable: 'DRAIN_SECONDS',
    default: '10',
    minMs: 1000,
    maxMs: 600_000,
    meaning: 'Time to end after SIGTERM.',
  },
  adminHost: {
    ...COMMON_OPTIONS.adminHost,
    default: '127.0.0.1',
    meaning: 'Address of /healthz, /readyz, /metrics and /statusz; `*`: every address.',
  },
  adminPort: {
    kind: 'integer',
    variable: 'ADMIN_PORT',
    default: '9880',
    min: 0,
    max: 65_535,
    meaning: 'Port of /healthz, /readyz, /metrics and /statusz; 0 takes a free one.',
  },
  logLevel: COMMON_OPTIONS.logLevel,
  logFormat: COMMON_OPTIONS.logFormat,
});

/** The options as they are used. */
export type PlatformConfig = ConfigOf<typeof PLATFORM_OPTIONS>;
