/** Why what the page shows is not what one expects. */
import { byId, element } from '../dom.js';

export function showFaults({ faults }) {
  byId('faults').hidden = faults.length === 0;
  byId('faults').replaceChildren(...faults.map((text) => element('li', {}, [text])));
}
