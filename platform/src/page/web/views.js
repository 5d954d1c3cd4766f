/**
 * What an address can show in place of a cluster's board. A view makes its element once, and hears of changes: `make(place, model)` gives
 * `{ root, title, refresh?, reload? }`, now or later. `refresh` is called when nodes or pods changed, `reload` when only filter or order of
 * the address did. A new one is a file in `views/` and a line here.
 */
import { makeClusters } from './views/clusters.js';
import { makeEvictor } from './views/evictor.js';
import { makeFeed } from './views/feed.js';
import { makeNode } from './views/node.js';
import { makeNotifications } from './views/notifications.js';
import { makeObject } from './views/object.js';
import { makePod } from './views/pod.js';
import { makePods } from './views/pods.js';
import { makeSecurity } from './views/security.js';

/** The maker of what a place shows; `undefined`: the board. */
export function viewOf({ view, node, pod, feed, object }) {
  if (view === 'clusters') return makeClusters;
  if (view === 'security') return makeSecurity;
  if (view === 'evictor') return makeEvictor;
  if (view === 'notifications') return makeNotifications;
  if (node !== undefined) return makeNode;
  if (pod !== undefined) return makePod;
  if (object !== undefined) return makeObject;
  if (feed !== undefined) return makeFeed;
  return view === 'pods' ? makePods : undefined;
}
