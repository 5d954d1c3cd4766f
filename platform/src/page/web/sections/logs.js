/** What agent and cluster controller logged. */
import { byId, rows, setText } from '../dom.js';
import { fillLine, line } from '../line.js';

const TONES = { warning: 'warn', warn: 'warn', error: 'bad', fatal: 'bad', panic: 'bad' };

export function showLogs({ logs }) {
  byId('log').hidden = logs.length === 0;
  setText(byId('logs-note'), `last ${logs.length}`);
  rows(byId('logs'), logs, {
    create: line,
    update: (item, { atMs, level, message }) => {
      fillLine(item, { atMs, tone: TONES[level] ?? '', kind: level, text: message });
    },
  });
}
