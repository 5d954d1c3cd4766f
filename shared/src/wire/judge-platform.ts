import { unreachable } from '../errors.ts';
import { UNKNOWN_CLUSTER_CURE } from './cause-of-call.ts';
import type { Outcome, Verdict } from './transport.ts';
import { fine, type Finding, skipped, trouble } from '../command/finding.ts';

/** What was asked of the platform, and where. */
export interface PlatformProbe {
  /** Address as configured. */
  readonly address: string;
  /** As it may be shown, such as `http://proxy.example:3128`; left out: the connection is direct. */
  readonly proxy?: string;
  /** The operator gave the id of the cluster, so the platform has to know it. */
  readonly isIdGiven: boolean;
  /** The program does without an id, because it registers. */
  readonly registers?: true;
}

const PLATFORM = 'platform';
const KEY = 'api-key';

/**
 * What the platform's answer to a call about one cluster means: whether it is reached, and whether it takes the key. The
 * platform looks at the key first, so "I do not know this cluster" says that the key is good.
 */
export function judgePlatform(
  outcome: Outcome<unknown>,
  { address: at, proxy, isIdGiven, registers }: PlatformProbe,
): Finding[] {
  const address = proxy === undefined ? at : `${at} through the proxy ${proxy}`;
  const reached = fine(PLATFORM, `reached at ${address}`);
  const accepted = fine(KEY, 'the platform accepts the key');
  if (outcome.ok) return [reached, accepted];
  const { verdict } = outcome;
  const because = {
    detail: `${address}: ${verdict.detail}`,
    cure: proxyCure(verdict, proxy) ?? verdict.hint ?? CURES[verdict.kind],
  };
  switch (verdict.kind) {
    case 'UNKNOWN_CLUSTER':
      return isIdGiven ? [reached, accepted, unknownCluster(verdict.detail, registers)] : [reached, accepted];
    case 'UNAUTHORIZED':
      return [reached, trouble(KEY, { severity: 'problem', ...because })];
    case 'UNAVAILABLE':
      return [trouble(PLATFORM, { severity: 'warning', ...because }), skipped(KEY, 'the platform is busy')];
    case 'NO_ANSWER':
    case 'INTERFERENCE':
    case 'REJECTED':
    case 'TOO_LARGE':
    case 'UNSUPPORTED_ENCODING':
    case 'FENCED':
    case 'NOT_LEADER':
    case 'GAP':
    case 'UNKNOWN_EPOCH':
      return [trouble(PLATFORM, { severity: 'problem', ...because }), skipped(KEY, 'the platform was not reached')];
    default:
      return unreachable(verdict);
  }
}

/** Behind a proxy nothing else is ever connected to: whatever is not found, or refuses, is the proxy. */
function proxyCure(verdict: Verdict, proxy: string | undefined): string | undefined {
  if (proxy === undefined || verdict.kind !== 'NO_ANSWER') return undefined;
  if (verdict.failure.kind !== 'refused' && verdict.failure.kind !== 'dns') return undefined;
  return `the proxy ${proxy} is not reached: check that HTTPS_PROXY (or HTTP_PROXY) has its host and port, and that it runs`;
}

function unknownCluster(detail: string, registers?: true): Finding {
  const cure =
    registers === true
      ? 'take CLUSTER_ID out, so that the agent registers, or copy the id from the console of the platform'
      : UNKNOWN_CLUSTER_CURE;
  return trouble('cluster-id', { severity: 'problem', detail, cure });
}

/** For verdicts that come without a hint of their own. */
const CURES: Record<Verdict['kind'], string> = {
  FENCED: 'check that API_URL is the address of the platform',
  NOT_LEADER: 'check that API_URL is the address of the platform',
  GAP: 'check that API_URL is the address of the platform',
  UNKNOWN_EPOCH: 'check that API_URL is the address of the platform',
  UNKNOWN_CLUSTER: '',
  TOO_LARGE: 'a box on the way refuses small requests: check proxies and API_URL',
  UNSUPPORTED_ENCODING: 'a box on the way refuses JSON: check proxies and API_URL',
  REJECTED: 'check that API_URL is the address of the platform',
  UNAUTHORIZED: 'check the API key',
  UNAVAILABLE: 'wait a minute and look again; if it stays, ask the platform',
  NO_ANSWER: 'check that outgoing connections to the platform are allowed',
  INTERFERENCE: 'something between here and the platform answers: check proxies and API_URL',
};
