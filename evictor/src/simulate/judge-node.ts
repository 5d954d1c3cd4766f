import { counted } from '../view/counted.ts';
import { selects } from '../view/label-selector.ts';
import type { NodeRecord } from '../view/node-record.ts';
import { isWithoutMachine } from '../view/virtual-node.ts';
import type { Blocker, ReasonCode } from './reason.ts';
import type { RemovalPolicy } from './removal-policy.ts';

/** What a node itself has against its removal, whatever is on it. */
export function judgeNode(node: NodeRecord, policy: RemovalPolicy, nowMs: number): Blocker[] {
  const { marks, labels, createdAtMs } = node;
  const blockers: Blocker[] = [];
  const add = (code: ReasonCode, detail: string): unknown => blockers.push({ code, pod: '', detail });
  if (marks.removalDisabled !== undefined) add('removal_disabled', marks.removalDisabled);
  if (
    policy.rules.some(
      ({ match, setting }) => match.is === 'node' && setting === 'removalDisabled' && selects(match.selector, labels),
    )
  ) {
    add('rule_keeps_node', 'removalDisabled');
  }
  if (node.isEnding) add('ending_node', '');
  if (!node.isReady) add('not_ready', '');
  if (CONTROL_PLANE.some((label) => Object.hasOwn(labels, label))) add('control_plane', '');
  if (isWithoutMachine(node)) add('virtual_node', '');
  if (policy.isScoped && labels[MANAGED_BY] !== 'cast.ai') add('out_of_scope', `${MANAGED_BY} is not cast.ai`);
  const ageMs = nowMs - createdAtMs;
  if (policy.nodeGraceMs > 0 && ageMs < policy.nodeGraceMs)
    add('young_node', `${counted(Math.max(0, Math.floor(ageMs / 60_000)), 'minute')} old`);
  return blockers;
}

const MANAGED_BY = 'provisioner.cast.ai/managed-by';
const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
