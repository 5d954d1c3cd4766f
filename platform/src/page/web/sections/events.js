/** What happened last. */
import { byId, rows } from '../dom.js';
import { fillLine, line } from '../line.js';

export function showEvents({ events }) {
  rows(byId('events'), events, { create: line, update: fillLine });
}
