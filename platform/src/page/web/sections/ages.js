/** What gets older without any news. */
import { ago } from '../clock.js';
import { byId, setText } from '../dom.js';

export function showAges({ summary }) {
  if (!summary) return;
  const { lastBatchAtMs } = summary;
  setText(byId('last-batch'), lastBatchAtMs === undefined ? 'no batch yet' : `last batch ${ago(lastBatchAtMs)}`);
  for (const cell of document.querySelectorAll('.age'))
    if (cell.dataset.at) setText(cell, ago(Number(cell.dataset.at)));
}
