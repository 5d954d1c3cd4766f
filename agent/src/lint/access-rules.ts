/** Who may do more than it looks like. */
import { type LintRule, objectRule } from './lint-rule.ts';
import { partAt, partsAt, textAt, textsAt } from './read-part.ts';

const RBAC = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];
const ROLES = ['roles', 'clusterroles'];
const IDENTITIES = ['users', 'groups', 'serviceaccounts', 'uids', 'userextras'];

type PolicyRule = Record<string, unknown>;

export const ACCESS_RULES: readonly LintRule[] = [
  objectRule(
    'clusterRoleBinding',
    { id: 'cluster-admin-role-binding', finding: 'somebody has every right in the cluster (cluster-admin)' },
    (binding) => {
      const role = partAt(binding, 'roleRef');
      return textAt(role, 'kind') === 'ClusterRole' && textAt(role, 'name') === 'cluster-admin';
    },
  ),
  roleRule('wildcard-in-rules', 'a rule names every resource or every verb', (rule) =>
    ['resources', 'verbs'].some((key) => textsAt(rule, key).includes('*')),
  ),
  roleRule(
    'escalation-verbs-in-rules',
    'a rule lets its holder take more rights: bind, escalate or impersonate',
    escalates,
  ),
  roleRule(
    'secret-access-in-rules',
    'a rule lets its holder read Secrets whatever they are called',
    (rule) =>
      [allows(rule, 'verbs', READ), allows(rule, 'apiGroups', ['']), allows(rule, 'resources', ['secrets'])].every(
        Boolean,
      ) && textsAt(rule, 'resourceNames').length === 0,
  ),
];

function roleRule(id: string, finding: string, isBroken: (rule: PolicyRule) => boolean): LintRule {
  return objectRule('role', { id, finding }, (role) => partsAt(role, 'rules').some(isBroken));
}

/** Kubernetes' own words for it: "Privilege escalation prevention and bootstrapping" in its documentation of RBAC, and user impersonation. */
function escalates(rule: PolicyRule): boolean {
  const verbsOnRoles =
    allows(rule, 'verbs', ['bind', 'escalate']) &&
    allows(rule, 'apiGroups', [RBAC]) &&
    allows(rule, 'resources', ROLES);
  const isImpersonation =
    allows(rule, 'verbs', ['impersonate']) &&
    allows(rule, 'apiGroups', ['', 'authentication.k8s.io']) &&
    // Extra fields have their name behind a slash.
    (allows(rule, 'resources', IDENTITIES) ||
      textsAt(rule, 'resources').some((name) => name.startsWith('userextras/')));
  return verbsOnRoles || (isImpersonation && textsAt(rule, 'resourceNames').length === 0);
}

/** Whether a list of the rule has one of these words, or all words. */
function allows(rule: PolicyRule, key: string, words: readonly string[]): boolean {
  return textsAt(rule, key).some((word) => word === '*' || words.includes(word));
}
