import { isIP } from 'node:net';

/** A Service's name inside of a cluster, short or whole; nobody can register such a name in the public DNS. */
const SERVICE_NAME = /^[a-z\d-]+\.[a-z\d-]+\.svc(?:\.cluster\.local)?$/u;

/**
 * Whether a `Host` header can be meant for a server inside of a cluster: an address, `localhost`, a name without a dot, or the name of a
 * Service. Everything else is a name that somebody made point here (DNS rebinding): a web page whose name resolves to 127.0.0.1
 * could read `/statusz` through a port-forward. A request without the header (HTTP/1.0) comes from no browser.
 */
export function isOwnHost(header: string | undefined): boolean {
  if (header === undefined) return true;
  const name = header.toLowerCase().replace(/:\d{0,5}$/u, '');
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  if (isIP(bare) !== 0) return true;
  const host = bare.endsWith('.') ? bare.slice(0, -1) : bare;
  return /^[a-z\d_-]*$/u.test(host) || host.endsWith('.localhost') || SERVICE_NAME.test(host);
}
