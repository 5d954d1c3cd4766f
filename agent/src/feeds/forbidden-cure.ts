import type { FeedSpec } from './feeds.ts';

/** What to do about a feed that the service account may not read: which switch of the chart it hangs on. */
export function forbiddenCure({
  readSwitch,
  namespace,
  isExtra,
}: Pick<FeedSpec, 'readSwitch' | 'namespace' | 'isExtra'>): string {
  if (isExtra === true) return 'name it in agent.extraKinds of the chart, which adds the rule, or add it to your own';
  if (readSwitch === 'rbac')
    return 'set agent.rbac.readRbac to true in the chart, or READ_RBAC to false if it is meant';
  if (readSwitch === 'ingress') {
    return 'set agent.rbac.readIngress to true in the chart, or READ_INGRESS to false if it is meant';
  }
  if (namespace !== '') return `name ${namespace} in agent.configMapNamespaces of the chart, which makes the Role`;
  return 'let the chart make the ClusterRole (agent.rbac.create), or add the rule to your own';
}
