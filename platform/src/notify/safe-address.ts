/**
 * From a name to a connection with one look-up: what was checked is what is connected to. A name that is public when it is checked and
 * 127.0.0.1 when it is connected to (DNS rebinding) would otherwise pass.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AgentPair } from '@castai/shared/http/http-agents.ts';
import { type Networks, whyForbidden } from './forbidden-address.ts';
import { type Resolve, type ResolvedAddress, resolveBySystem } from './system-resolver.ts';

/** An address that may not be connected to. Its message names it, and is shown on the page: whoever sees that may learn it. */
export class UnsafeAddress extends Error {
  constructor(host: string, found: string) {
    super(`${host} leads to ${found}`);
    this.name = 'UnsafeAddress';
  }
}

/**
 * The addresses of a URL's host. One that is forbidden among them forbids all: nobody who means well has a public name that also is a
 * private address. Throws `UnsafeAddress`, and what the look-up throws.
 */
export async function safeAddresses(
  url: URL,
  allowed: Networks,
  resolve: Resolve = resolveBySystem,
): Promise<readonly ResolvedAddress[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (addresses.length === 0) throw new UnsafeAddress(host, 'no address');
  for (const { address } of addresses) {
    const why = whyForbidden(address, allowed);
    if (why !== undefined) throw new UnsafeAddress(host, family === 0 ? `${address}, ${why}` : why);
  }
  return addresses;
}

/**
 * Connects to these addresses whatever the name in the URL is; that one is only shown to the server, and looked for in its certificate.
 * For one request: no connection is kept that a later check would not have been made for. Without a proxy: it would look up by itself.
 */
export function agentsFor(addresses: readonly ResolvedAddress[], ca: string | undefined): AgentPair {
  const lookup: LookupFunction = (host, options, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(new UnsafeAddress(host, 'no address'), '');
    else if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
  const common = { keepAlive: false, lookup };
  return {
    proxy: false,
    httpAgent: new HttpAgent(common),
    httpsAgent: new HttpsAgent({ ...common, ...(ca === undefined ? {} : { ca }) }),
  };
}
