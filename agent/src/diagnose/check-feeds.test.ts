import { describe, expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { allFeeds, type FeedSpec } from '../feeds/feeds.ts';
import { checkFeeds, surveyFailed } from './check-feeds.ts';

const never = new AbortController().signal;
const SPECS = allFeeds({ configMapNamespaces: ['shop'], readRbac: true, readIngress: true });
const of = (resource: string): FeedSpec => {
  const found = SPECS.find((spec) => spec.resource === resource);
  if (found === undefined) throw new Error(`there is no feed of ${resource}`);
  return found;
};

/** Findings about feeds that are all served, except as told. */
function check(specs: readonly FeedSpec[], not: { allowed?: string[]; served?: string[] } = {}) {
  const { allowed = [], served = [] } = not;
  return checkFeeds(
    {
      catalogue: () =>
        Promise.resolve({
          resources: specs
            .filter(({ resource }) => !served.includes(resource))
            .map(({ group, versions: [version], resource, kind }) => ({
              group,
              version,
              resource,
              kind,
              namespaced: true,
              verbs: ['list', 'watch'],
            })),
          stale: new Set<string>(),
        }),
      mayRead: ({ resource }) => Promise.resolve(!allowed.includes(resource)),
    },
    specs,
    never,
  );
}

describe('the feeds', () => {
  it('are one line when all of them may be read', async () => {
    expect(await check([of('pods'), of('nodes')])).toMatchObject([
      { id: 'feeds', severity: 'ok', detail: '2 of 2 feeds may be read, 0 are not served by this cluster' },
    ]);
  });

  it('that are forbidden are named with the verbs, worse for those without which there is no picture', async () => {
    const findings = await check([of('pods'), of('jobs')], { allowed: ['pods', 'jobs'] });
    expect(findings.slice(1)).toMatchObject([
      { id: 'feed/pods', severity: 'problem', detail: 'FORBIDDEN: the service account may not list and watch pods' },
      {
        id: 'feed/jobs.batch',
        severity: 'warning',
        detail: 'FORBIDDEN: the service account may not list and watch jobs.batch',
      },
    ]);
  });

  it('that a switch of the chart lets in are cured by the switch', async () => {
    const resources = ['roles', 'ingresses', 'configmaps'];
    const findings = await check(resources.map(of), { allowed: resources });
    expect(findings.slice(1).map(({ cure }) => cure)).toEqual([
      'set agent.rbac.readRbac to true in the chart, or READ_RBAC to false if it is meant',
      'set agent.rbac.readIngress to true in the chart, or READ_INGRESS to false if it is meant',
      'name shop in agent.configMapNamespaces of the chart, which makes the Role',
    ]);
  });

  it('that the cluster does not serve are counted, and are no trouble', async () => {
    expect(await check([of('pods'), of('jobs')], { served: ['jobs'] })).toMatchObject([
      { severity: 'ok', detail: '1 of 1 feeds may be read, 1 are not served by this cluster' },
    ]);
  });

  it('cannot be judged when the API server does not answer', () => {
    expect(surveyFailed(new KubeError('KUBE_UNREACHABLE', 'nobody answers'))).toMatchObject({
      id: 'feeds',
      severity: 'problem',
      detail: expect.stringContaining('nobody answers') as string,
    });
  });
});
