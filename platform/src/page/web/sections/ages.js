/** What gets older, or comes nearer, without any news. */
import { ago, countdown } from '../clock.js';
import { byId, setText } from '../dom.js';

export function showAges({ summary }) {
  if (!summary) return;
  const { lastBatchAtMs } = summary;
  setText(byId('last-batch'), lastBatchAtMs === undefined ? 'no batch yet' : `last batch ${ago(lastBatchAtMs)}`);
  for (const part of document.querySelectorAll('.ago[data-at]'))
    if (part.dataset.at) setText(part, ago(Number(part.dataset.at)));
  for (const part of document.querySelectorAll('.countdown[data-at]'))
    if (part.dataset.at) setText(part, `ends ${countdown(Number(part.dataset.at))}`);
}
