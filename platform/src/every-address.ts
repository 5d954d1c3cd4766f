/** What `HOST` and `ADMIN_HOST` are set to for every address: an empty variable is one that nobody set. */
const EVERY = '*';

interface Hosts {
  readonly host: string;
  readonly adminHost: string;
}

/**
 * The configuration with the word for every address as servers understand it, which is no address at all: IPv6 and IPv4 where the machine has
 * both, IPv4 alone where the kernel has no other. `0.0.0.0` and `::` are each wrong somewhere.
 */
export function withEveryAddress<Config extends Hosts>(config: Config): Config {
  const { host, adminHost } = config;
  return { ...config, host: host === EVERY ? '' : host, adminHost: adminHost === EVERY ? '' : adminHost };
}
