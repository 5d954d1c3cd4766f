/** What a system's own files say of names, as `getaddrinfo` takes them: `/etc/hosts`, and the search list of `/etc/resolv.conf`. Pure. */
import { isIP } from 'node:net';

/** The addresses that a hosts file has of a name; a name is the same in whatever case. */
export function addressesInHosts(hosts: string, host: string): string[] {
  const wanted = host.toLowerCase();
  const found = hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((name) => name.toLowerCase() === wanted) ? [address] : [];
  });
  return [...new Set(found)];
}

/** More are taken by no system. */
const MOST_NDOTS = 15;

/**
 * The names that are asked for one after the other until one is known (resolv.conf(5)). In a cluster `receiver.monitoring` is a Service of
 * another namespace by the search list alone. A name that ends with a dot is meant as it stands.
 */
export function candidateNames(resolvConf: string, host: string): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    // Each takes the place of all before it.
    if (keyword === 'search' || keyword === 'domain') search = words.map((word) => word.replace(/\.$/, ''));
    if (keyword !== 'options') continue;
    for (const option of words) {
      const digits = /^ndots:(\d+)$/.exec(option)?.[1];
      if (digits !== undefined) ndots = Math.min(Number(digits), MOST_NDOTS);
    }
  }
  const longer = search.filter((domain) => domain !== '').map((domain) => `${host}.${domain}`);
  const dots = host.split('.').length - 1;
  return [...new Set(dots >= ndots ? [host, ...longer] : [...longer, host])];
}
