import type { IncomingMessage } from 'node:http';
import { isOwnHost } from '@castai/shared/http/own-host.ts';
import { forbidden } from '../answer/refusal.ts';

type Headers = Pick<IncomingMessage, 'headers'>;

/**
 * Throws `Refusal` 403 for a request under a name that is not this server's. What has no key is protected by the address that it listens on,
 * and a web page whose name was made to resolve to that address (DNS rebinding) would read it as its own.
 */
export function refuseForeignHost({ headers }: Headers): void {
  if (!isOwnHost(headers.host)) throw forbidden('this name is not known here: ask by address or by localhost');
}

/** The same, and for whatever a web page of elsewhere makes a browser send: for calls without a key that change something. */
export function refuseForeignPage({ headers }: Headers): void {
  refuseForeignHost({ headers });
  // Told by every browser with a POST, whereas what it tells of the site it tells to https and to this machine only.
  const { origin } = headers;
  if (origin !== undefined && URL.parse(origin)?.host !== headers.host) {
    throw forbidden('a page of another origin has nothing to ask here');
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw forbidden('a page of another origin has nothing to ask here');
  }
}
