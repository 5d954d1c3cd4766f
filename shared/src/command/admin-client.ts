import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import type { OptionTable } from '../config/option-table.ts';
import { CastaiError } from '../errors.ts';
import { exchange } from '../http/exchange.ts';
import { toNetworkFailure } from '../http/network-error.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';

/** What a program answered, or why it did not. */
export type AdminAnswer =
  | { readonly ok: true; readonly status: number; readonly text: string }
  | { readonly ok: false; readonly why: string };

/** It answers from memory. */
const ANSWER_MS = 5_000;
/** The log that it remembers is the largest of its answers. */
const LIMITS = { successBytes: 16 * 2 ** 20, errorBytes: 64 * 2 ** 10 } as const;
const PORT_HINT = 'give the address with --address, such as http://127.0.0.1:9877';

/**
 * Where the program's own endpoints are, from inside of its container: by the same variables as the program has them, whether or not the
 * rest of its configuration can be used. Throws `CONFIG_INVALID` when the address cannot be told.
 */
export function adminAddress(
  environment: Readonly<Record<string, string | undefined>>,
  options: OptionTable,
  given?: string,
): URL {
  if (given !== undefined) {
    // What has another scheme would be asked for by that as a name.
    const whole = given.includes('://') ? given : `http://${given}`;
    return parse(/^https?:\/\//u.test(whole) ? whole : '', `--address=${JSON.stringify(given)} is no address`);
  }
  const valueOf = (variable: string, option: string): string => {
    const value = environment[variable]?.trim() ?? '';
    return value === '' ? (options[option]?.default ?? '') : value;
  };
  const port = valueOf('ADMIN_PORT', 'adminPort');
  if (!/^[1-9]\d{0,4}$/u.test(port) || Number(port) > 65_535) {
    const problem = port === '' ? 'ADMIN_PORT is not set' : `ADMIN_PORT=${JSON.stringify(port)} is no port to ask`;
    throw new CastaiError('CONFIG_INVALID', problem, { hint: PORT_HINT });
  }
  const host = valueOf('ADMIN_HOST', 'adminHost');
  return parse(`http://${nameOf(host)}:${port}`, `ADMIN_HOST=${JSON.stringify(host)} is no address`);
}

/** Where to ask what listens there. */
function nameOf(host: string): string {
  if (['', '0.0.0.0', '::'].includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function parse(address: string, problem: string): URL {
  const url = URL.parse(address);
  if (url !== null) return url;
  throw new CastaiError('CONFIG_INVALID', problem, { hint: PORT_HINT });
}

/** Asks a running program what it shows of itself. No proxy, no key: it is this machine, or a port that was forwarded to it. */
export class AdminClient {
  readonly address: URL;
  readonly #clock: Clock;
  readonly #secrets: Pick<KnownSecrets, 'redact'>;
  readonly #agents = { httpAgent: new HttpAgent(), httpsAgent: new HttpsAgent(), proxy: false } as const;

  constructor(address: URL, { clock, secrets }: { clock: Clock; secrets: Pick<KnownSecrets, 'redact'> }) {
    this.address = address;
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** One answer. Rejects only with the reason of the signal. */
  async get(path: string, signal: AbortSignal): Promise<AdminAnswer> {
    const overdue = (): Error => new Error(`no answer within ${ANSWER_MS / 1_000} s`);
    const request = { agents: { current: () => this.#agents }, url: new URL(path, this.address).href, headers: {} };
    try {
      const { status, bytes, truncated } = await withDeadline(
        { ms: ANSWER_MS, clock: this.#clock, overdue },
        (limited) => exchange(request, LIMITS, limited),
        signal,
      );
      if (truncated) return { ok: false, why: `${path} is larger than it can be` };
      return { ok: true, status, text: new TextDecoder().decode(bytes) };
    } catch (error) {
      signal.throwIfAborted();
      return { ok: false, why: toNetworkFailure(error, this.#secrets.redact).detail };
    }
  }
}
