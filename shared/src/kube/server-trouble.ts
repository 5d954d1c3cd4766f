import type { Trouble } from '../verdict/problem.ts';
import type { Said } from '../verdict/said.ts';
import { UNREACHABLE_CURE, whyUnreachable } from './unreachable.ts';

/** Codes of a server that is not there or does not let us in, as against one that answers something of one kind. */
const OF_SERVER: ReadonlySet<string> = new Set([
  'KUBE_UNREACHABLE',
  'KUBE_UNAUTHORIZED',
  'KUBE_WATCHDOG',
  'KUBE_STREAM_BROKEN',
  'KUBE_THROTTLED',
  'CREDENTIALS_UNREADABLE',
]);

const CURES: Record<string, string> = {
  KUBE_UNAUTHORIZED:
    'the API server does not accept our credentials: check the service account token or the kubeconfig',
  KUBE_WATCHDOG: 'connections to it are silent: look at what lies between this pod and the API server',
  KUBE_THROTTLED: 'the API server is busy: look at its load and at its flow control',
};

/** Whether a code tells of the API server as a whole. */
export function isOfServer(code: string | undefined): boolean {
  return code !== undefined && OF_SERVER.has(code);
}

/** What there is to say of an API server that does not answer as it should. */
export interface ServerSaid {
  readonly said: Said;
  readonly address: string;
  /** Nothing of it is read. */
  readonly isAll: boolean;
  /** Feeds that lag because of it. */
  readonly subjects: readonly string[];
  /** As in a trouble. */
  readonly runbook: string;
}

/** The trouble of an API server that does not answer as it should. */
export function serverTrouble({ said, address, isAll, subjects, runbook }: ServerSaid): Trouble {
  return {
    cause: 'api-server',
    severity: isAll ? 'blocked' : 'degraded',
    why: whyUnreachable(said.message),
    address,
    cure: said.hint === '' ? (CURES[said.code] ?? UNREACHABLE_CURE) : said.hint,
    runbook,
    subjects,
  };
}
