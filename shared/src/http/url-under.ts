/** The address of a path on a server whose own path, if it has one, is the prefix of all: behind a proxy that serves several. */
export function urlUnder(baseUrl: URL, path: string): string {
  return `${baseUrl.origin}${baseUrl.pathname.replace(/\/+$/, '')}${path}`;
}
