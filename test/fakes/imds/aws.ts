import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import type { ImdsQuestion, ImdsReply, ImdsService } from './imds-server.ts';

/** How the fake behaves; may be changed at any time. */
export interface AwsSettings {
  /** Requests without a token are refused, as on instances that require version 2. */
  isV2Only: boolean;
  /** The service is switched off for the instance: 403. */
  isDisabled: boolean;
  /** The answer to PUT never arrives, as from a pod network behind a hop limit of 1. */
  isHopLimited: boolean;
  /** Longest life of a token, whatever is asked for, in seconds. */
  maxTtlSeconds: number;
}

/** One scheduled maintenance as the document has it. */
export interface AwsMaintenance {
  readonly NotBefore: string;
  readonly NotAfter?: string;
  readonly NotBeforeDeadline?: string;
  readonly Code: string;
  readonly Description: string;
  readonly EventId: string;
  readonly State: string;
}

const META_DATA = '/latest/meta-data/';
const MAINTENANCE = 'events/maintenance/scheduled';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';

/** The instance metadata service of EC2, version 2 and, where it is not switched off, version 1. */
export class AwsImds implements ImdsService {
  readonly settings: AwsSettings = { isV2Only: true, isDisabled: false, isHopLimited: false, maxTtlSeconds: 21_600 };
  readonly #clock: Clock;
  readonly #tokens = new Map<string, number>();
  readonly #items = new Map<string, { readonly body: string; readonly visibleAtMs: number }>();

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.set('instance-id', 'i-0a1b2c3d4e5f60718');
    this.set('instance-life-cycle', 'spot');
    this.set('instance-type', 'm6i.xlarge');
    this.set('placement/availability-zone', 'eu-central-1a');
    this.set('local-hostname', 'ip-10-0-0-7.eu-central-1.compute.internal');
    this.set(MAINTENANCE, '[]');
  }

  /** How many tokens are valid. */
  get tokens(): number {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#tokens.values()].filter((endsAtMs) => endsAtMs > nowMs).length;
  }

  /** Puts text at a path, visible after a delay. */
  set(path: string, body: string, delayMs = 0): void {
    this.#items.set(path, { body, visibleAtMs: this.#clock.monotonicMs() + delayMs });
  }

  /** Takes a path away: 404. */
  remove(path: string): void {
    this.#items.delete(path);
  }

  /** The notice of an interruption; its time is fixed now, as EC2 does it, and not with every request. */
  interrupt({ action = 'terminate', inMs = 120_000, delayMs = 0 } = {}): void {
    const time = seconds(this.#clock.now() + inMs);
    this.set('spot/instance-action', JSON.stringify({ action, time }), delayMs);
    this.set('spot/termination-time', time, delayMs);
  }

  /** Takes the notice back. */
  withdraw(): void {
    this.remove('spot/instance-action');
    this.remove('spot/termination-time');
  }

  /** Recommends a rebalance; it stays for good. */
  recommendRebalance(delayMs = 0): void {
    this.set('events/recommendations/rebalance', JSON.stringify({ noticeTime: seconds(this.#clock.now()) }), delayMs);
  }

  /** Replaces the scheduled maintenance. */
  schedule(events: readonly AwsMaintenance[]): void {
    this.set(MAINTENANCE, JSON.stringify(events));
  }

  /** What the Auto Scaling group wants of the instance; undefined: it is in none. */
  setLifecycleState(state: string | undefined): void {
    if (state === undefined) this.remove('autoscaling/target-lifecycle-state');
    else this.set('autoscaling/target-lifecycle-state', state);
  }

  /** Ends the life of every token. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  answer(question: ImdsQuestion): ImdsReply | undefined {
    const { method, path } = question;
    if (this.settings.isDisabled) return page(403, 'Forbidden');
    if (path === '/latest/api/token') return this.#token(question);
    if (/^\/\d{4}-\d{2}-\d{2}\/api\/token$/.test(path)) return page(403, 'Forbidden');
    if (method !== 'GET') return page(405, 'Method Not Allowed');
    const token = question.headers[TOKEN_HEADER];
    const isKnown = typeof token === 'string' && (this.#tokens.get(token) ?? 0) > this.#clock.monotonicMs();
    if (token === undefined ? this.settings.isV2Only : !isKnown) return page(401, 'Unauthorized');
    const item = path.startsWith(META_DATA) ? this.#items.get(path.slice(META_DATA.length)) : undefined;
    if (item === undefined || item.visibleAtMs > this.#clock.monotonicMs()) return page(404, 'Not Found');
    return { status: 200, headers: { 'content-type': 'text/plain', server: 'EC2ws' }, body: item.body };
  }

  #token({ method, headers }: ImdsQuestion): ImdsReply | undefined {
    if (method !== 'PUT') return page(405, 'Method Not Allowed');
    if (headers['x-forwarded-for'] !== undefined) return page(403, 'Forbidden');
    const asked = Number(headers[TTL_HEADER]);
    if (!Number.isInteger(asked) || asked < 1 || asked > 21_600) return page(400, 'Bad Request');
    if (this.settings.isHopLimited) return undefined;
    const ttlSeconds = Math.min(asked, this.settings.maxTtlSeconds);
    const token = randomBytes(42).toString('base64');
    this.#tokens.set(token, this.#clock.monotonicMs() + ttlSeconds * 1000);
    return { status: 200, headers: { 'content-type': 'text/plain', [TTL_HEADER]: String(ttlSeconds) }, body: token };
  }
}

function seconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Errors are pages, although everything calls itself plain text. */
function page(status: number, title: string): ImdsReply {
  return {
    status,
    headers: { 'content-type': 'text/html', server: 'EC2ws' },
    body: `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head><title>${status} - ${title}</title></head>
 <body><h1>${status} - ${title}</h1></body>
</html>
`,
  };
}
