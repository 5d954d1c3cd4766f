import { describe, expect, it } from 'vitest';
import { Discovery } from './discovery.ts';
import type { KubeRequest, KubeResponse } from './kube-client.ts';
import { KubeError, type KubeErrorCode } from './kube-error.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const NO_SIGNAL = new AbortController().signal;

const core = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { creationTimestamp: null },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [
            {
              resource: 'pods',
              responseKind: { group: '', version: '', kind: 'Pod' },
              scope: 'Namespaced',
              verbs: ['get', 'list', 'watch'],
              subresources: [{ subresource: 'status', verbs: ['get'] }],
            },
            { resource: 'nodes', responseKind: { kind: 'Node' }, scope: 'Cluster', verbs: ['list'] },
          ],
        },
      ],
    },
  ],
};

const groups = {
  items: [
    { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] },
    {
      metadata: { name: 'apps' },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [
            { resource: 'deployments', responseKind: { kind: 'Deployment' }, scope: 'Namespaced', verbs: [] },
          ],
        },
      ],
    },
  ],
};

const PODS = {
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
};
const NODES = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false, verbs: ['list'] };
const DEPLOYMENTS = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  verbs: [],
};

interface Answered {
  readonly status?: number;
  readonly type?: string;
  readonly etag?: string;
  readonly body?: unknown;
  /** Instead of JSON. */
  readonly text?: string;
  /** Instead of an answer. */
  readonly code?: KubeErrorCode;
}
type Answer = (request: KubeRequest) => Answered;

/** Records requests and answers them without a server: what the server does is in the cluster tests. */
function discoveryFrom(answer: Answer): { discovery: Discovery; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const send = async (request: KubeRequest): Promise<KubeResponse> => {
    requests.push(request);
    const { status = 200, type = V2, etag, body = '', text, code } = answer(request);
    if (code !== undefined) throw new KubeError(code, 'x');
    if (status >= 400) throw new KubeError(status === 404 ? 'KUBE_NOT_FOUND' : 'KUBE_SERVER_ERROR', 'x', { status });
    const headers = new Map([['content-type', type], ...(etag === undefined ? [] : [['etag', etag] as const])]);
    return { status, headers, text: text ?? JSON.stringify(body) };
  };
  return { discovery: new Discovery({ send }), requests };
}

describe('discovery', () => {
  it('reads both aggregated documents and keeps stale groups as unknown', async () => {
    const { discovery, requests } = discoveryFrom(({ path }) => ({ body: path === '/api' ? core : groups }));
    expect(await discovery.refresh(NO_SIGNAL)).toEqual({
      resources: [PODS, NODES, DEPLOYMENTS],
      stale: new Set(['metrics.k8s.io/v1beta1']),
    });
    expect(requests.map(({ path, headers }) => [path, headers?.['accept']])).toEqual([
      ['/api', `${V2},${V2BETA1},application/json`],
      ['/apis', `${V2},${V2BETA1},application/json`],
    ]);
  });

  it('reads the form of Kubernetes 1.26 to 1.29, in two requests', async () => {
    const { discovery, requests } = discoveryFrom(({ path }) => ({
      type: V2BETA1,
      body: path === '/api' ? core : groups,
    }));
    expect(await discovery.refresh(NO_SIGNAL)).toEqual({
      resources: [PODS, NODES, DEPLOYMENTS],
      stale: new Set(['metrics.k8s.io/v1beta1']),
    });
    expect(requests).toHaveLength(2);
  });

  const oldDocuments: Readonly<Record<string, unknown>> = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': {
      kind: 'APIGroupList',
      groups: [{ name: 'custom.metrics.k8s.io', versions: [{ groupVersion: 'custom.metrics.k8s.io/v1beta1' }] }],
    },
    '/api/v1': { resources: [{ name: 'nodes', kind: 'Node', namespaced: false, verbs: ['list'] }] },
  };
  const oneGroup: Readonly<Record<string, Answered>> = {
    'a refused token': { code: 'KUBE_UNAUTHORIZED' },
    'a refused right': { code: 'KUBE_FORBIDDEN' },
    'too many requests': { code: 'KUBE_THROTTLED' },
    'no answer in time': { code: 'KUBE_UNREACHABLE' },
    'a bad request': { code: 'KUBE_BAD_REQUEST' },
    'a web page': { type: 'text/html', text: '<html>' },
    'JSON of somebody else': { type: 'application/json', body: { error: 'no upstream' } },
    'a list of nothing known': { type: 'application/json', body: [] },
  };
  for (const [what, answer] of Object.entries(oneGroup)) {
    it(`takes ${what} for the problem of the one group that gives it`, async () => {
      const { discovery } = discoveryFrom(({ path }) =>
        path in oldDocuments ? { type: 'application/json', body: oldDocuments[path] } : answer,
      );
      expect(await discovery.refresh(NO_SIGNAL)).toEqual({
        resources: [NODES],
        stale: new Set(['custom.metrics.k8s.io/v1beta1']),
      });
    });
  }

  it('does not take an abort for the problem of a group', async () => {
    const stop = new AbortController();
    const { discovery } = discoveryFrom(({ path }) => {
      if (path in oldDocuments) return { type: 'application/json', body: oldDocuments[path] };
      stop.abort(new Error('stopped'));
      return { code: 'KUBE_UNREACHABLE' };
    });
    await expect(discovery.refresh(stop.signal)).rejects.toThrow('stopped');
  });

  it('does not take what is no discovery for a server that serves nothing', async () => {
    for (const answer of [{ type: 'application/json', body: { error: 'no upstream' } }, { body: {} }]) {
      const { discovery } = discoveryFrom(() => answer);
      await expect(discovery.refresh(NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
    }
  });

  it('asks with the ETag and keeps what it knows when nothing changed', async () => {
    const { discovery, requests } = discoveryFrom(({ path, headers }) => {
      if (headers?.['if-none-match'] !== undefined) return { status: 304 };
      return { body: path === '/api' ? core : groups, etag: `"${path}"` };
    });
    const first = await discovery.refresh(NO_SIGNAL);
    expect(await discovery.refresh(NO_SIGNAL)).toEqual(first);
    expect(requests.slice(2).map(({ headers }) => headers?.['if-none-match'])).toEqual(['"/api"', '"/apis"']);
  });

  it('asks group by group when the server sends the old documents, and one dead group does not stop it', async () => {
    const old: Record<string, unknown> = {
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/apis': {
        kind: 'APIGroupList',
        groups: [
          { name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }] },
          { name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1' }] },
        ],
      },
      '/api/v1': {
        resources: [
          { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get', 'list', 'watch'] },
          { name: 'pods/status', kind: 'Pod', namespaced: true, verbs: ['get'] },
          { name: 'nodes', kind: 'Node', namespaced: false, verbs: ['list'] },
        ],
      },
      '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] },
    };
    const { discovery, requests } = discoveryFrom(({ path }) =>
      path in old ? { type: 'application/json', etag: '"old"', body: old[path] } : { status: 503 },
    );
    const expected = { resources: [PODS, NODES, DEPLOYMENTS], stale: new Set(['metrics.k8s.io/v1beta1']) };
    expect(await discovery.refresh(NO_SIGNAL)).toEqual(expected);
    expect(await discovery.refresh(NO_SIGNAL)).toEqual(expected);
    expect(requests.filter(({ headers }) => headers?.['if-none-match'] !== undefined)).toEqual([]);
  });

  it('fails as a whole when the server does, and works again afterwards', async () => {
    let isDown = true;
    const { discovery } = discoveryFrom(({ path }) =>
      isDown ? { status: 503 } : { body: path === '/api' ? core : groups },
    );
    await expect(discovery.refresh(NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR' });
    isDown = false;
    expect((await discovery.refresh(NO_SIGNAL)).resources).toHaveLength(3);
  });
});
