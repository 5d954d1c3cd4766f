import { tryParseKubeJson } from '@castai/shared/kube/json/parse-kube-json.ts';
import { describe, expect, it } from 'vitest';
import type { CreateObject, ObjectId, PatchObject } from '../poll/action.ts';
import { type LiveObject, isRepeatable, planObjectPatch, planObjectUpdate, whyOutOfBounds } from './plan-object.ts';

const object: ObjectId = { group: 'autoscaling.cast.ai', version: 'v1', resource: 'things', namespace: '', name: 'x' };
const live = {
  metadata: { uid: 'u', resourceVersion: '7', labels: { theirs: '1', ours: '1' } },
  spec: { a: 1, list: [1], theirs: true },
};
const patch = (patchType: PatchObject['patchType'], value: unknown): PatchObject => ({
  kind: 'patch',
  object,
  patchType,
  patch: value,
});
const json = (...operations: object[]): PatchObject => patch('application/json-patch+json', operations);
const create = (manifest: Record<string, unknown>): CreateObject => ({ kind: 'create', object, manifest });

describe('an object', () => {
  it('of a resource that is not allowed is out of bounds', () => {
    const f = (of: Partial<ObjectId>, allowed: string[], expected: string | undefined): void =>
      expect(whyOutOfBounds({ ...object, ...of }, allowed)).toBe(expected);
    f({}, ['*.autoscaling.cast.ai'], undefined);
    f({}, ['things.autoscaling.cast.ai'], undefined);
    f(
      {},
      ['others.autoscaling.cast.ai', '*.cast.ai'],
      'things.autoscaling.cast.ai is not among the resources that are allowed here',
    );
    f({ group: '', resource: 'secrets' }, ['*.'], 'secrets is not among the resources that are allowed here');
    f({ group: '', resource: 'configmaps' }, ['configmaps'], undefined);
    f({ group: '', resource: 'nodes' }, ['nodes'], 'nodes are changed by actions of their own kinds only');
  });

  it('is patched on condition of its uid or its version', () => {
    const add = { op: 'add', path: '/spec/b', value: 1 };
    expect(planObjectPatch(json(add), live)).toEqual({
      is: 'jsonPatch',
      operations: [{ op: 'test', path: '/metadata/uid', value: 'u' }, add],
    });
    expect(planObjectPatch(json(), live)).toEqual({ is: 'same' });
    expect(
      planObjectPatch(
        patch('application/merge-patch+json', { spec: { a: null }, metadata: { labels: { x: 'y' } } }),
        live,
      ),
    ).toEqual({
      is: 'mergePatch',
      body: { spec: { a: null }, metadata: { labels: { x: 'y' }, resourceVersion: '7' } },
    });
    expect(planObjectPatch(patch('application/strategic-merge-patch+json', {}), live)).toMatchObject({
      is: 'refused',
      code: 'unsupported',
    });
    expect(planObjectPatch(patch('application/merge-patch+json', []), live)).toMatchObject({
      is: 'refused',
      code: 'invalid',
    });
    expect(planObjectPatch(patch('application/json-patch+json', {}), live)).toMatchObject({
      is: 'refused',
      code: 'invalid',
    });
  });

  it('is patched again only where that says the same', () => {
    const f = (operation: object, expected: boolean): void =>
      expect([operation, isRepeatable(json(operation))]).toEqual([operation, expected]);
    f({ op: 'add', path: '/spec/a', value: 1 }, true);
    f({ op: 'replace', path: '/spec/list/0', value: 1 }, true);
    f({ op: 'test', path: '/spec/list/0', value: 1 }, true);
    f({ op: 'add', path: '/spec/list/-', value: 1 }, false);
    f({ op: 'add', path: '/spec/list/0', value: 1 }, false);
    f({ op: 'remove', path: '/spec/list/0' }, false);
    f({ op: 'move', from: '/a', path: '/b' }, false);
    expect(isRepeatable(patch('application/merge-patch+json', {}))).toBe(true);
    const tested = (path: string, changed: string): boolean =>
      isRepeatable(json({ op: 'test', path, value: 1 }, { op: 'replace', path: changed, value: 2 }));
    for (const path of ['/spec/a', '/spec', '/spec/a/b', '', '/metadata/resourceVersion', '/metadata/generation'])
      expect([path, tested(path, '/spec/a')]).toEqual([path, false]);
    for (const path of ['/spec/ab', '/spec/b', '/metadata/name'])
      expect([path, tested(path, '/spec/a')]).toEqual([path, true]);
  });

  it('that is there is made to say what is wanted, and nothing of others is taken away', () => {
    const wanted = {
      apiVersion: 'autoscaling.cast.ai/v1',
      kind: 'Thing',
      metadata: { name: 'x', labels: { ours: '2' }, finalizers: ['f'], uid: 'z', annotations: { a: 'b' } },
      spec: { a: 2, list: [1, 2], b: { c: null } },
      status: { x: 1 },
    };
    expect(planObjectUpdate(create(wanted), live)).toEqual({
      is: 'mergePatch',
      body: {
        spec: { a: 2, list: [1, 2], b: { c: null } },
        metadata: { labels: { ours: '2' }, annotations: { a: 'b' }, resourceVersion: '7' },
      },
    });
    expect(
      planObjectUpdate(
        create({ metadata: { name: 'x', labels: { ours: '1' } }, spec: { list: [1], theirs: null } }),
        live,
      ),
    ).toEqual({
      is: 'same',
    });
  });

  it('has numbers that no double holds compared and written as they are', () => {
    const read = (spec: string) => tryParseKubeJson(`{"metadata":{"name":"x","resourceVersion":"7"},"spec":${spec}}`);
    const plan = (wanted: string, there: string): string =>
      JSON.stringify(planObjectUpdate(create(read(wanted) as Record<string, unknown>), read(there) as LiveObject));
    expect(plan('{"a":9007199254740993}', '{"a":9007199254740993}')).toBe('{"is":"same"}');
    expect(plan('{"a":9007199254740993}', '{"a":9007199254740995}')).toContain('"spec":{"a":9007199254740993}');
    expect(plan('{"a":9007199254740993}', '{"a":{"b":1}}')).toContain('"spec":{"a":9007199254740993}');
  });
});
