/** The way from the board to which nodes could go, and how many they are. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { byId, setText } from '../dom.js';
import { plural } from '../security-parts.js';
import { NUMBER } from '../words.js';

/** What an evictor tells changes once a minute at most. */
const EVERY_MS = 10_000;
let asked = { cluster: '', at: -Infinity };

export function showEvictorLink(_model, { cluster, isBoard }) {
  byId('evictor-link').href = hrefOf({ view: 'evictor', cluster });
  const now = performance.now();
  if (!isBoard || (asked.cluster === cluster && now - asked.at < EVERY_MS)) return;
  asked = { cluster, at: now };
  tell(cluster).catch(() => undefined);
}

async function tell(cluster) {
  const answer = await ask('evictor', { cluster });
  if (asked.cluster !== cluster) return;
  const words =
    answer === undefined
      ? 'Nodes that could go'
      : `${answer.notLookedAt > 0 ? 'at least ' : ''}${plural(answer.going, 'node')} could go, ${NUMBER.format(answer.renew.nodes)} must be renewed`;
  setText(byId('evictor-link'), words);
}
