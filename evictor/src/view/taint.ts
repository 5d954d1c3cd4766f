import { type Part, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';

/** What keeps pods off a node. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** What lets a pod onto a tainted node. An empty key means every taint, an empty effect every effect. */
export interface Toleration extends Taint {
  readonly operator: 'Exists' | 'Equal';
}

/** Reads the taints of a node. */
export function readTaints(value: unknown): Taint[] {
  return recordsIn(value).map(taintIn);
}

/** Reads tolerations. Comparisons of a newer API are told and left out: without them a pod fits nowhere more. */
export function readTolerations(value: unknown): { tolerations: Toleration[]; unknown: string[] } {
  const tolerations: Toleration[] = [];
  const unknown: string[] = [];
  for (const part of recordsIn(value)) {
    const operator = textIn(part['operator']) || 'Equal';
    if (operator === 'Exists' || operator === 'Equal') tolerations.push({ ...taintIn(part), operator });
    else unknown.push(`toleration operator ${operator}`);
  }
  return { tolerations, unknown };
}

/** Whether a pod with these tolerations may be placed on a node with these taints; `PreferNoSchedule` keeps nobody off. */
export function tolerates(tolerations: readonly Toleration[], taints: readonly Taint[]): boolean {
  return taints.every(
    (taint) => taint.effect === 'PreferNoSchedule' || tolerations.some((toleration) => covers(toleration, taint)),
  );
}

function covers({ key, value, effect, operator }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === taint.value);
}

function taintIn(part: Part): Taint {
  return { key: textIn(part['key']), value: textIn(part['value']), effect: textIn(part['effect']) };
}
