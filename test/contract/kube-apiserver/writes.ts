import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type PlainObject } from '../../fakes/kube-apiserver/plain-client.ts';
import { seen } from './read-answers.ts';
import type { Scene } from './scene.ts';

/** How a conflict of uids is told from one of versions. */
const OF_UID = /\bUID in\b/u;
const LEASE_TIME = '2026-01-01T00:00:00.000000Z';

/** What writes need, and what they leave. */
export function describeWrites(scene: Scene): void {
  const { newNamespace, createMaps, newest } = scene;

  describe.concurrent('writes', () => {
    test('creating gives 201 with uid, resourceVersion and creation time', async () => {
      const { maps } = await newNamespace();
      const answer = await scene.client.call('POST', maps, { body: { metadata: { name: 'a' }, data: { x: '1' } } });
      expect(answer.status).toBe(201);
      expect(answer.json()).toMatchObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/u),
          resourceVersion: expect.stringMatching(/^\d+$/u),
          creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u),
        },
        data: { x: '1' },
      });
      const again = await scene.client.call('POST', maps, { body: { metadata: { name: 'a' } } });
      expect([again.status, again.json()['reason']]).toEqual([409, 'AlreadyExists']);
    });

    test('a namespace that does not exist takes no objects', async () => {
      const answer = await scene.client.call('POST', '/api/v1/namespaces/absent/configmaps', {
        body: { metadata: { name: 'a' } },
      });
      expect([answer.status, answer.json()['reason']]).toEqual([404, 'NotFound']);
    });

    test('a write with a stale resourceVersion is a 409, a write that changes nothing keeps the resourceVersion', async () => {
      const { maps } = await newNamespace();
      const [made] = await createMaps(maps, ['a']);
      const same = await scene.client.must('PATCH', `${maps}/a`, { data: { of: 'a' } });
      expect(same.metadata.resourceVersion).toBe(made?.metadata.resourceVersion);
      await scene.client.must('PATCH', `${maps}/a`, { data: { of: 'b' } });
      const put = await scene.client.call('PUT', `${maps}/a`, { body: { ...made, data: { of: 'c' } } });
      expect([put.status, put.json()['reason']]).toEqual([409, 'Conflict']);
      const { resourceVersion } = made?.metadata ?? {};
      const patch = await scene.client.call('PATCH', `${maps}/a`, {
        body: { metadata: { resourceVersion }, data: { of: 'c' } },
      });
      expect([patch.status, patch.json()['reason']]).toEqual([409, 'Conflict']);
    });

    test('a JSON patch whose test fails is a 422', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a']);
      const patch = (value: string) => [
        { op: 'test', path: '/data/of', value },
        { op: 'add', path: '/data/more', value: 'x' },
      ];
      const failed = await scene.client.call('PATCH', `${maps}/a`, { body: patch('stale') });
      expect([failed.status, failed.json()['reason']]).toEqual([422, 'Invalid']);
      const done = await scene.client.call('PATCH', `${maps}/a`, { body: patch('a') });
      expect(done.json()['data']).toEqual({ of: 'a', more: 'x' });
    });

    test('a second taint of the same key and effect is a 422, by whatever way it is added', async () => {
      const name = `tainted-${randomUUID()}`;
      const [key, effect] = ['example.com/own', 'NoSchedule'];
      const node = { metadata: { name }, spec: { taints: [{ key, effect }] } };
      await scene.client.must('POST', '/api/v1/nodes', node);
      const add = (value: object) =>
        scene.client.call('PATCH', `/api/v1/nodes/${name}`, { body: [{ op: 'add', path: '/spec/taints/-', value }] });
      const again = await add({ key, value: 'x', effect });
      expect([again.status, again.json()['reason']]).toEqual([422, 'Invalid']);
      expect((await add({ key, effect: 'PreferNoSchedule' })).status).toBe(200);
      await scene.client.call('DELETE', `/api/v1/nodes/${name}`);
      const twice = { ...node, spec: { taints: [...node.spec.taints, ...node.spec.taints] } };
      expect((await scene.client.call('POST', '/api/v1/nodes', { body: twice })).status).toBe(422);
    });

    test('an apply makes what is not there, takes over with force, and without it is a 409 where another value stands', async () => {
      const { maps } = await newNamespace();
      const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
      const apply = (query: string, data: object, head: object = { ...kind, metadata: { name: 'a' } }) =>
        scene.client.call('PATCH', `${maps}/a?${query}`, {
          body: { ...head, data },
          headers: { 'content-type': 'application/apply-patch+yaml' },
        });
      expect((await apply('force=true', {})).status).toBe(422);
      for (const head of [{ metadata: { name: 'a' } }, kind, { ...kind, metadata: { name: 'b' } }]) {
        expect((await apply('fieldManager=one', {}, head)).status).toBe(400);
      }
      const made = await apply('fieldManager=one', { of: 'one' });
      expect([made.status, made.json()]).toMatchObject([201, { metadata: { name: 'a' }, data: { of: 'one' } }]);
      const late = await apply('fieldManager=two', { of: 'two' });
      expect([late.status, late.json()['reason']]).toEqual([409, 'Conflict']);
      expect((await apply('fieldManager=two', { of: 'one', more: 'x' })).status).toBe(200);
      const forced = await apply('fieldManager=two&force=true', { of: 'two', more: 'x' });
      expect([forced.status, forced.json()['data']]).toEqual([200, { of: 'two', more: 'x' }]);
      const absent = await scene.client.call('PATCH', '/api/v1/namespaces/absent/configmaps/a?fieldManager=one', {
        body: { ...kind, metadata: { name: 'a' } },
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
      expect([absent.status, absent.json()['reason']]).toEqual([404, 'NotFound']);
    });

    test('status is written through its own path and through nothing else', async () => {
      const { path } = await newNamespace();
      const metadata = { name: 'claim' };
      const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
      const claims = `${path}/persistentvolumeclaims`;
      await scene.client.must('POST', claims, { metadata, spec, status: { phase: 'Bound' } });
      const bypassed = await scene.client.must('PATCH', `${claims}/claim`, { status: { phase: 'Lost' } });
      expect(bypassed).not.toMatchObject({ status: { phase: 'Lost' } });
      const patch = { status: { phase: 'Bound' }, metadata: { generateName: 'x' } };
      const written = await scene.client.must('PATCH', `${claims}/claim/status`, patch);
      expect(written).toMatchObject({ status: { phase: 'Bound' }, spec: { accessModes: ['ReadWriteOnce'] } });
    });

    test('a lease needs a resourceVersion to be replaced and six digits in its times', async () => {
      const { namespace } = await newNamespace();
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
      const lease = (renewTime: string) => ({ metadata: { name: 'l' }, spec: { holderIdentity: 'me', renewTime } });
      expect((await scene.client.call('POST', leases, { body: lease('2026-01-01T00:00:00.000Z') })).status).toBe(400);
      const made = await scene.client.must('POST', leases, lease(LEASE_TIME));
      expect((await scene.client.call('PUT', `${leases}/l`, { body: lease(LEASE_TIME) })).status).toBe(422);
      const renewed = { ...made, spec: { holderIdentity: 'me', renewTime: LEASE_TIME.replace('00.', '01.') } };
      expect((await scene.client.call('PUT', `${leases}/l`, { body: renewed })).status).toBe(200);
      const stale = await scene.client.call('PUT', `${leases}/l`, { body: renewed });
      expect([stale.status, stale.json()['message']]).toEqual([409, expect.not.stringMatching(OF_UID)]);
    });

    test('a deletion with a precondition that does not hold is a 409', async () => {
      const { maps } = await newNamespace();
      const [made] = await createMaps(maps, ['a']);
      const remove = (uid: string | undefined) =>
        scene.client.call('DELETE', `${maps}/a`, { body: { preconditions: { uid } } });
      const refused = await remove('another');
      expect([refused.status, refused.json()['message']]).toEqual([409, expect.stringMatching(OF_UID)]);
      expect((await remove(made?.metadata.uid)).status).toBe(200);
    });

    test('an eviction deletes its pod, and no other one of the same name', async () => {
      const { path } = await newNamespace();
      const containers = [{ name: 'main', image: 'registry.example.com/app:1' }];
      const made = await scene.client.must('POST', `${path}/pods`, { metadata: { name: 'a' }, spec: { containers } });
      const { uid } = made.metadata;
      const evict = (name: string, wanted = uid) => {
        const body = {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name },
          deleteOptions: { preconditions: { uid: wanted } },
        };
        return scene.client.call('POST', `${path}/pods/${name}/eviction`, { body });
      };
      const refused = await evict('a', 'another');
      expect([refused.status, refused.json()['message']]).toEqual([409, expect.stringMatching(OF_UID)]);
      const answer = await evict('a');
      expect([answer.status, (answer.json() as PlainObject)['status']]).toEqual([201, 'Success']);
      expect((await scene.client.call('GET', `${path}/pods/a`)).status).toBe(404);
      expect((await evict('a')).status).toBe(404);
    });

    test('a dry run checks and answers as a write does, and stores nothing', async () => {
      const { path, maps } = await newNamespace();
      await createMaps(maps, ['a']);
      const patch = (value: string) => [
        { op: 'test', path: '/data/of', value },
        { op: 'add', path: '/data/more', value: 'x' },
      ];
      expect((await scene.client.call('PATCH', `${maps}/a?dryRun=All`, { body: patch('stale') })).status).toBe(422);
      const done = await scene.client.call('PATCH', `${maps}/a?dryRun=All`, { body: patch('a') });
      expect([done.status, done.json()['data']]).toEqual([200, { of: 'a', more: 'x' }]);
      expect((await scene.client.call('GET', `${maps}/a`)).json()['data']).toEqual({ of: 'a' });
      expect((await scene.client.call('PATCH', `${maps}/a?dryRun=Some`, { body: patch('a') })).status).toBe(422);

      const containers = [{ name: 'main', image: 'registry.example.com/app:1' }];
      const made = await scene.client.must('POST', `${path}/pods`, { metadata: { name: 'a' }, spec: { containers } });
      const evict = (uid: string | undefined) => {
        const deleteOptions = { preconditions: { uid } };
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' }, deleteOptions };
        return scene.client.call('POST', `${path}/pods/a/eviction?dryRun=All`, { body });
      };
      expect((await evict('another')).status).toBe(409);
      expect((await evict(made.metadata.uid)).status).toBe(201);
      const kept = (await scene.client.call('GET', `${path}/pods/a`)).json() as PlainObject;
      expect([kept.metadata.uid, kept.metadata['deletionTimestamp']]).toEqual([made.metadata.uid, undefined]);
    });

    test('an object with a finalizer is marked first and goes when the finalizer does', async () => {
      const { maps } = await newNamespace();
      await scene.client.must('POST', maps, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      const version = await newest(maps);
      await scene.client.must('DELETE', `${maps}/held`);
      await scene.client.must('PATCH', `${maps}/held`, { metadata: { finalizers: null } });
      await using watch = await scene.client.watch(`${maps}?resourceVersion=${version}`);
      const events = await watch.take(2);
      expect(seen(events)).toEqual(['MODIFIED held', 'DELETED held']);
      expect(events[0]?.object.metadata['deletionTimestamp']).toEqual(expect.any(String));
    });

    test('what is not there is a 404 with a Status, what nobody serves a line of text', async () => {
      const { maps } = await newNamespace();
      const missing = await scene.client.call('GET', `${maps}/absent`);
      expect(missing.status).toBe(404);
      expect(missing.json()).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
      const absent = await scene.client.call('GET', '/apis/absent.example.com/v1/things');
      expect([absent.status, absent.text]).toEqual([404, '404 page not found\n']);
      expect(absent.headers['content-type']).toContain('text/plain');
    });
  });
}
