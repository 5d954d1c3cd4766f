/**
 * Every rule of the manifest lint, in the order in which findings are told.
 *
 * Ids are kube-linter's where the verdict on one object is the same (read in its source, 0.7). Its rules that need several objects at
 * once (services that point nowhere, namespaces without a network policy) are not here: the agent holds no objects, the platform does.
 */
import { ACCESS_RULES } from './access-rules.ts';
import { BUDGET_RULES } from './budget-rules.ts';
import { HOST_RULES } from './host-rules.ts';
import type { LintRule } from './lint-rule.ts';
import { PRIVILEGE_RULES } from './privilege-rules.ts';
import { UPKEEP_RULES } from './upkeep-rules.ts';

/** To be raised when a rule judges otherwise under the same id, which the table cannot show: the platform is then told everything anew. */
export const LINT_MEANING = 1;

/** All of them. */
export const LINT_RULES: readonly LintRule[] = [
  ...PRIVILEGE_RULES,
  ...HOST_RULES,
  ...UPKEEP_RULES,
  ...ACCESS_RULES,
  ...BUDGET_RULES,
];
