import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { PodPart } from './pod-part.ts';

/** One rule about objects of a sort. Pure; throws a `TypeError` on an object that it cannot read. */
export type LintRule =
  | (RuleText & { readonly about: 'pod'; readonly isBroken: (pod: PodPart) => boolean })
  | (RuleText & {
      readonly about: 'clusterRoleBinding' | 'podDisruptionBudget' | 'role';
      readonly isBroken: (object: KubeObject) => boolean;
    });

/** What a rule is about: a pod or what makes pods, or objects of one kind (of roles: of two). */
export type Subject = LintRule['about'];

interface RuleText {
  /** What leaves the cluster when an object breaks it; kube-linter's name where the verdict is the same. */
  readonly id: string;
  /** What is wrong, for the documentation and the platform's page. */
  readonly finding: string;
}

/** Rules about pods, with their texts. */
export function podRule(id: string, finding: string, isBroken: (pod: PodPart) => boolean): LintRule {
  return { id, finding, about: 'pod', isBroken };
}

/** Rules about other kinds, with their texts. */
export function objectRule(
  about: Exclude<Subject, 'pod'>,
  { id, finding }: RuleText,
  isBroken: (object: KubeObject) => boolean,
): LintRule {
  return { id, finding, about, isBroken };
}
