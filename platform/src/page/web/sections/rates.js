/** Changes per second. */
import { byId, setText } from '../dom.js';
import { NUMBER } from '../words.js';

export function showRates({ rates }) {
  setText(byId('rate'), NUMBER.format(rates.at(-1) ?? 0));
  const most = Math.max(1, ...rates);
  const points = rates.map(
    (rate, index) => `${((index * 120) / (rates.length - 1)).toFixed(1)} ${(31 - (rate / most) * 29).toFixed(1)}`,
  );
  byId('spark-line').setAttribute('d', `M${points.join('L')}`);
  byId('spark-area').setAttribute('d', `M0 32L${points.join('L')}L120 32Z`);
  byId('spark').setAttribute('aria-label', `Changes per second over the last minute, at most ${most}`);
}
