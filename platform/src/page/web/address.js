/** What the page's address says, and links to other parts: everything that can be looked at has an address of its own. */

/** The parameters that choose what is looked at, in the order in which they stand in an address. */
const NAMES = ['view', 'cluster', 'node', 'pod', 'feed', 'object', 'namespace', 'phase', 'filter', 'sort'];

/** The present address as an object; what it does not have is `undefined`. */
export function place() {
  const query = new URL(location.href).searchParams;
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? undefined]));
}

/** The address of a place. */
export function hrefOf(wanted) {
  const query = new URLSearchParams();
  for (const name of NAMES) if (wanted[name] !== undefined && wanted[name] !== '') query.set(name, wanted[name]);
  return `/?${query}`;
}

/** Goes to a place without loading the page anew. `replace`: the way back does not lead here. */
export function go(wanted, replace = false) {
  history[replace ? 'replaceState' : 'pushState'](null, '', hrefOf(wanted));
  dispatchEvent(new Event('place'));
}

/** Whether a click on a link of this page should stay on the page: not with a key that opens it elsewhere. */
export function isOwnClick(event, link) {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  return isPlain && link.origin === location.origin && link.pathname === '/' && link.hash === '';
}
