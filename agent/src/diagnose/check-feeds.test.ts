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

interface Odd {
  /** May not be read. */
  readonly allowed?: string[];
  /** Are not served. */
  readonly served?: string[];
  /** Are served in this version. */
  readonly version?: string;
  /** What is refused to be told. */
  readonly refused?: 'discovery' | 'reviews';
}

/** Findings about feeds that are all served and may be read, except as told. */
function check(specs: readonly FeedSpec[], not: Odd = {}) {
  const { allowed = [], served = [], refused } = not;
  const refusal = new KubeError('KUBE_FORBIDDEN', 'no');
  return checkFeeds(
    {
      catalogue: () => {
        if (refused === 'discovery') return Promise.reject(refusal);
        const resources = specs
          .filter(({ resource }) => !served.includes(resource))
          .map(({ group, versions: [version], resource, kind }) => ({
            group,
            version: not.version ?? version,
            resource,
            kind,
            namespaced: true,
            verbs: ['list', 'watch'],
          }));
        return Promise.resolve({ resources, stale: new Set<string>() });
      },
      mayRead: ({ resource }) =>
        refused === 'reviews' ? Promise.reject(refusal) : Promise.resolve(!allowed.includes(resource)),
      canList: ({ resource }) => Promise.resolve(!allowed.includes(resource) && !served.includes(resource)),
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

  it('that are served in a version which this agent does not know are named with the cure', async () => {
    const findings = await check([of('nodepools')], { version: 'v2' });
    expect(findings.slice(1)).toEqual([
      {
        id: 'feed/nodepools.karpenter.sh',
        severity: 'warning',
        detail: 'nodepools.karpenter.sh is served in v2, this agent knows v1, v1beta1: upgrade it',
        cure: 'upgrade the agent; until then the platform keeps what it has of it, and hears no changes',
      },
    ]);
  });

  it('are listed where the API server does not review our access, and their own answer counts', async () => {
    const findings = await check([of('pods'), of('jobs')], { refused: 'reviews', allowed: ['jobs'] });
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
      ['feeds', 'warning'],
      ['access-reviews', 'warning'],
      ['feed/jobs.batch', 'warning'],
    ]);
    expect(findings[1]?.detail).toBe(
      'the API server does not review our access: each list was tried, and its own answer counts; watches were not',
    );
  });

  it('are listed in the versions that are known where the API server does not tell what it serves', async () => {
    const specs = [of('pods'), of('nodes'), of('jobs')];
    expect(await check(specs, { refused: 'discovery', served: ['jobs'] })).toMatchObject([
      { id: 'discovery', severity: 'warning' },
      { id: 'feeds', severity: 'ok', detail: '2 of 3 feeds can be listed' },
    ]);
    expect((await check(specs, { refused: 'discovery', allowed: ['pods'] })).at(-1)).toMatchObject({
      id: 'feed/pods',
      severity: 'problem',
    });
  });

  it('cannot be judged when the API server does not answer', () => {
    expect(surveyFailed(new KubeError('KUBE_UNREACHABLE', 'nobody answers'))).toMatchObject({
      id: 'feeds',
      severity: 'problem',
      detail: expect.stringContaining('nobody answers') as string,
    });
  });
});

describe('a kind of EXTRA_KINDS', () => {
  const [widgets] = allFeeds({
    configMapNamespaces: [],
    readRbac: false,
    readIngress: false,
    extraKinds: ['example.com/v1/widgets:metadata'],
  }).slice(-1);
  const specs = widgets === undefined ? [] : [widgets];

  it('is a warning where the cluster does not serve it, in no or in another version, and where it may not be read', async () => {
    const cures = async (odd: Odd): Promise<string[]> =>
      (await check(specs, odd)).flatMap(({ id, severity, cure }) =>
        id === 'feeds' ? [] : [`${severity} ${id}: ${cure}`],
      );
    expect(await cures({})).toEqual([]);
    expect(await cures({ served: ['widgets'] })).toEqual([
      'warning feed/widgets.example.com: correct the name (kubectl api-resources shows them), unless the kind is still to come',
    ]);
    expect(await cures({ version: 'v2' })).toEqual([
      'warning feed/widgets.example.com: name a version that is served; kubectl api-resources shows it',
    ]);
    expect(await cures({ allowed: ['widgets'] })).toEqual([
      'warning feed/widgets.example.com: name it in agent.extraKinds of the chart, which adds the rule, or add it to your own',
    ]);
  });
});
