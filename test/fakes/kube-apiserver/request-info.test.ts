import { expect, test } from 'vitest';
import { parseRequest } from './request-info.ts';

test('paths and methods are read as the API server reads them', () => {
  const f = (line: string, verb: string, target: object | undefined) => {
    const [method = '', url = ''] = line.split(' ');
    expect(parseRequest(method, url)).toMatchObject({ verb, ...(target === undefined ? {} : { target }) });
    if (target === undefined) expect(parseRequest(method, url)).not.toHaveProperty('target');
  };
  f('GET /api/v1/pods?limit=5', 'list', { group: '', version: 'v1', resource: 'pods', namespace: undefined });
  f('GET /api/v1/pods?watch=true', 'watch', { resource: 'pods' });
  f('GET /api/v1/namespaces', 'list', { resource: 'namespaces', name: undefined });
  f('GET /api/v1/namespaces/a', 'get', { resource: 'namespaces', name: 'a', namespace: undefined });
  f('PATCH /api/v1/namespaces/a/status', 'patch', { resource: 'namespaces', name: 'a', subresource: 'status' });
  f('DELETE /api/v1/namespaces/a/pods', 'deletecollection', { resource: 'pods', namespace: 'a' });
  f('DELETE /api/v1/namespaces/a/pods/b', 'delete', { resource: 'pods', namespace: 'a', name: 'b' });
  f('PUT /apis/apps/v1/namespaces/a/deployments/b/status', 'update', {
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    namespace: 'a',
    name: 'b',
    subresource: 'status',
  });
  f('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'create', { resource: 'selfsubjectaccessreviews' });
  for (const path of ['/', '/version', '/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1']) {
    f(`GET ${path}`, 'get', undefined);
  }
});
