import { describeError } from '@castai/shared/errors.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import { availabilityOf } from '../feeds/availability.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import { type ApiSurvey, REVIEWS_AT_ONCE } from '../feeds/supervisor.ts';
import { fine, type Finding, trouble } from './finding.ts';

/** Without these the platform has no picture of the cluster; every other feed only adds to it. */
const INDISPENSABLE = new Set(['nodes', 'pods']);

/**
 * Looks every feed up and asks the API server whether it may be read: one finding per feed that is forbidden or whose API does
 * not answer, one for all that are well. Rejects when discovery or a review itself fails.
 */
export async function checkFeeds(
  survey: ApiSurvey,
  specs: readonly FeedSpec[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const catalogue = await survey.catalogue(signal);
  const served = specs.filter((spec) => availabilityOf(spec, catalogue).is === 'served');
  const unknown = specs.filter((spec) => availabilityOf(spec, catalogue).is === 'unknown');
  const forbidden: FeedSpec[] = [];
  await forEachAtOnce(served, REVIEWS_AT_ONCE, async (spec) => {
    if (!(await survey.mayRead(spec, signal))) forbidden.push(spec);
  });
  const readable = served.length - forbidden.length;
  const absent = specs.length - served.length - unknown.length;
  return [
    fine('feeds', `${readable} of ${served.length} feeds may be read, ${absent} are not served by this cluster`),
    ...specs.filter((spec) => forbidden.includes(spec)).map(forbiddenFinding),
    ...unknown.map(unknownFinding),
  ];
}

/** What to report when the API server answers the survey with an error. */
export function surveyFailed(error: unknown): Finding {
  const cure =
    'look at the log of the API server; every authenticated user may use discovery and review its own access';
  return trouble('feeds', { severity: 'problem', detail: describeError(error), cure });
}

function forbiddenFinding(spec: FeedSpec): Finding {
  const verbs = spec.mode === 'poll' ? 'list' : 'list and watch';
  const what = spec.group === '' ? spec.resource : `${spec.resource}.${spec.group}`;
  return trouble(`feed/${spec.name}`, {
    severity: INDISPENSABLE.has(spec.name) ? 'problem' : 'warning',
    detail: `FORBIDDEN: the service account may not ${verbs} ${what}${spec.namespace === '' ? '' : ` in ${spec.namespace}`}`,
    cure: cureOf(spec),
  });
}

function cureOf({ readSwitch, namespace }: FeedSpec): string {
  if (readSwitch === 'rbac')
    return 'set agent.rbac.readRbac to true in the chart, or READ_RBAC to false if it is meant';
  if (readSwitch === 'ingress') {
    return 'set agent.rbac.readIngress to true in the chart, or READ_INGRESS to false if it is meant';
  }
  if (namespace !== '') return `name ${namespace} in agent.configMapNamespaces of the chart, which makes the Role`;
  return 'let the chart make the ClusterRole (agent.rbac.create), or add the rule to your own';
}

function unknownFinding(spec: FeedSpec): Finding {
  return trouble(`feed/${spec.name}`, {
    severity: 'warning',
    detail: `the API server of ${spec.group} does not answer`,
    cure: `look at the APIService of ${spec.group}: kubectl get apiservices`,
  });
}
