/** Changes per second. */
import { byId, setText } from '../dom.js';
import { NUMBER } from '../words.js';

export function showRates({ rates }) {
  setText(byId('rate'), NUMBER.format(rates.at(-1) ?? 0));
  const most = scale(rates);
  const points = rates.map(
    (rate, index) =>
      `${((index * 120) / (rates.length - 1)).toFixed(1)} ${(31 - (Math.min(rate, most) / most) * 29).toFixed(1)}`,
  );
  byId('spark-line').setAttribute('d', `M${points.join('L')}`);
  byId('spark-area').setAttribute('d', `M0 32L${points.join('L')}L120 32Z`);
  byId('spark').setAttribute('aria-label', `Changes per second over the last minute, at most ${most}`);
}

/** A snapshot brings thousands at once: it goes over the edge, or for a minute the usual rate would be a flat line. */
function scale(rates) {
  const some = rates.filter((rate) => rate > 0).sort((a, b) => a - b);
  const usual = some[Math.floor(some.length / 2)] ?? 0;
  return Math.max(1, ...some.filter((rate) => rate <= usual * 8));
}
