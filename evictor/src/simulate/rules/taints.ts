import { tolerates } from '../../view/taint.ts';
import type { Rule } from '../mover.ts';

/** Taints that a pod does not tolerate keep it off. */
export const taintsRule: Rule = ({ pod: { demand } }) => ({
  rules: [{ code: 'taints', lets: ({ record }) => tolerates(demand.tolerations, record.taints) }],
});
