import { describe, expect, test } from 'vitest';
import { type Json } from '../../fakes/kube-apiserver/plain-client.ts';
import { ANY_AGGREGATED, aggregated } from './discovery-accept.ts';
import type { Scene } from './scene.ts';

/** Who may do what, and what the server says that it serves. */
export function describeAccessAndDiscovery(scene: Scene): void {
  describe.concurrent('access and discovery', () => {
    test('an unknown token is a 401', async () => {
      const answer = await scene.client.call('GET', '/api/v1/pods', { token: 'nobody' });
      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
    });

    test.for([
      ['none', null],
      ['an empty one', ''],
    ] as const)('without a token (%s) the user is anonymous: 403', async ([, token]) => {
      const answer = await scene.client.call('GET', '/api/v1/pods', { token });
      expect(answer.status).toBe(403);
      expect(answer.json()).toMatchObject({
        reason: 'Forbidden',
        message: expect.stringContaining('system:anonymous'),
      });
    });

    test.for(['/api/v1/pods', '/api/v1/pods?watch=1', '/api/v1/namespaces/default/pods/absent'])(
      '%s is a 403 that names user and resource for somebody without rights',
      async (path) => {
        const answer = await scene.client.call('GET', path, { token: scene.server.visitorToken });
        expect(answer.status).toBe(403);
        expect(answer.json()).toMatchObject({
          kind: 'Status',
          reason: 'Forbidden',
          message: expect.stringMatching(/User "visitor" cannot (list|watch|get) resource "pods" in API group ""/u),
          details: { kind: 'pods' },
        });
      },
    );

    test('a review of the own access is 201 and tells the verdict', async () => {
      const review = (token: string) =>
        scene.client.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          token,
          body: { spec: { resourceAttributes: { verb: 'list', group: 'apps', resource: 'deployments' } } },
        });
      const allowed = await review(scene.server.token);
      expect([allowed.status, allowed.json()['status']]).toMatchObject([201, { allowed: true }]);
      const denied = await review(scene.server.visitorToken);
      expect([denied.status, denied.json()['status']]).toMatchObject([201, { allowed: false }]);
    });

    test.for(['/api', '/apis'])('discovery of %s comes in one document with an ETag', async (path) => {
      const headers = { accept: `${ANY_AGGREGATED},application/json` };
      const answer = await scene.client.call('GET', path, { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(aggregated(scene.dialect.discovery));
      const { etag } = answer.headers;
      expect(etag).toMatch(/^".+"$/u);
      const { items } = answer.json() as { items: { metadata: { name?: string }; versions: Json[] }[] };
      const group = items.find(({ metadata }) => (metadata.name ?? '') === (path === '/api' ? '' : 'apps'));
      const [resource, kind] = path === '/api' ? ['pods', 'Pod'] : ['deployments', 'Deployment'];
      expect(group?.versions).toContainEqual(
        expect.objectContaining({
          version: 'v1',
          freshness: 'Current',
          resources: expect.arrayContaining([
            expect.objectContaining({
              resource,
              responseKind: expect.objectContaining({ kind }),
              scope: 'Namespaced',
              verbs: expect.arrayContaining(['get', 'list', 'watch']),
              subresources: expect.arrayContaining([expect.objectContaining({ subresource: 'status' })]),
            }),
          ]),
        }),
      );
      // The document may change while another test makes a definition.
      await expect
        .poll(async () => {
          const current = await scene.client.call('GET', path, { headers });
          const ifNoneMatch = { ...headers, 'if-none-match': String(current.headers['etag']) };
          const again = await scene.client.call('GET', path, { headers: ifNoneMatch });
          return [again.status, again.text];
        })
        .toEqual([304, '']);
    });

    test('whoever does not ask for one document gets the old ones', async () => {
      expect((await scene.client.call('GET', '/api')).json()).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
      const groups = (await scene.client.call('GET', '/apis')).json() as { kind: string; groups: { name: string }[] };
      expect(groups.kind).toBe('APIGroupList');
      expect(groups.groups.map((group) => group.name)).toEqual(expect.arrayContaining(['apps', 'batch']));
      const { resources } = await scene.client.must<{ resources: Json[] }>('GET', '/apis/apps/v1');
      const deployments = { name: 'deployments', kind: 'Deployment', namespaced: true };
      expect(resources).toContainEqual(expect.objectContaining(deployments));
      expect(resources).toContainEqual(expect.objectContaining({ name: 'deployments/status' }));
    });

    test('the version is told', async () => {
      const version = await scene.client.must<Json>('GET', '/version');
      expect(version).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/u) });
    });
  });
}
