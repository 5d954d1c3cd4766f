/** The way from the board to what is known of the cluster's security. */
import { hrefOf } from '../address.js';
import { byId } from '../dom.js';

export function showSecurityLink(_model, { cluster }) {
  byId('security-link').href = hrefOf({ view: 'security', cluster });
}
