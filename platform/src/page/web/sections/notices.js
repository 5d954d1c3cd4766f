/** What spot handlers and AKS init data told. */
import { byId, rows } from '../dom.js';
import { fillLine, line } from '../line.js';

export function showNotices({ notices }) {
  byId('notices-card').hidden = notices.length === 0;
  rows(byId('notices'), notices, { create: line, update: fillLine });
}
