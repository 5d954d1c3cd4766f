/** What the evictor says of one node. */
import { ago } from './clock.js';
import { element } from './dom.js';
import { chip, table } from './security-parts.js';

/** The cards of it: none where the evictor has not told of the node. */
export function evictorCards(answer) {
  const { going, staying = [], renew = [], atMs } = answer ?? {};
  const isTold = answer !== undefined && (going !== null || staying.length > 0 || renew.length > 0);
  if (!isTold) return [];
  const parts = [];
  if (going !== null)
    parts.push(
      element('p', {}, [
        chip('could go', 'good'),
        ` ${going.length === 0 ? 'No pod has to move.' : 'Its pods find places, as here:'}`,
      ]),
      ...(going.length === 0
        ? []
        : [
            table(
              ['Pod', 'To'],
              going.map(({ pod, to }) => [pod, to]),
            ),
          ]),
    );
  if (staying.length > 0) parts.push(element('p', {}, [chip('stays', '')]), reasonTable(staying, true));
  if (renew.length > 0) parts.push(element('p', {}, [chip('must be renewed', 'warn')]), reasonTable(renew, false));
  return [
    element('section', { class: 'card evictor-node', 'aria-labelledby': 'evictor-node-title' }, [
      element('h3', { id: 'evictor-node-title' }, [
        'Could it go? ',
        element('span', { class: 'muted' }, [`what the evictor told ${ago(atMs)}`]),
      ]),
      ...parts,
    ]),
  ];
}

/** Reasons to be renewed are about the node alone: a column of pods would be empty. */
function reasonTable(reasons, isAboutPods) {
  const cells = ({ reason, pod, detail, words, cure }) => [
    element('code', {}, [reason]),
    ...(isAboutPods ? [pod] : []),
    detail,
    words,
    cure,
  ];
  const headings = ['Reason', ...(isAboutPods ? ['Pod'] : []), 'Exactly', 'What it means', 'What to do'];
  return table(headings, reasons.map(cells));
}
