import { describe, expect, it } from 'vitest';
import { findOwnWorkload } from './find-own-workload.ts';

const POD = '/api/v1/namespaces/castai-agent/pods?fieldSelector=metadata.name%3Da-1-x';
const SET = '/apis/apps/v1/namespaces/castai-agent/replicasets?fieldSelector=metadata.name%3Da-1';

const owned = (kind: string, name: string, more: object = {}) => ({
  metadata: {
    name: 'whoever',
    uid: 'own-uid',
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid of ${name}`, controller: true, ...more }],
  },
});

/** Asks as the pod `a-1-x`, of an API server that answers these paths with these items. */
async function ask(answers: Record<string, unknown>) {
  const asked: string[] = [];
  const get = async (path: string): Promise<Record<string, unknown>> => {
    asked.push(path);
    return Promise.resolve({ items: answers[path] });
  };
  const options = { client: { get }, namespace: 'castai-agent', podName: 'a-1-x' };
  return { found: await findOwnWorkload(options, new AbortController().signal), asked };
}

const place = { apiVersion: 'apps/v1', namespace: 'castai-agent' };
const SELF = { ...place, apiVersion: 'v1', kind: 'Pod', name: 'a-1-x', uid: 'own-uid' };

describe('what the own pod is of', () => {
  it('is the Deployment behind its ReplicaSet', async () => {
    expect(await ask({ [POD]: [owned('ReplicaSet', 'a-1')], [SET]: [owned('Deployment', 'a')] })).toEqual({
      found: { ...place, kind: 'Deployment', name: 'a', uid: 'uid of a' },
      asked: [POD, SET],
    });
  });

  it('is the ReplicaSet where nothing keeps that, or it is gone', async () => {
    const set = { ...place, kind: 'ReplicaSet', name: 'a-1', uid: 'uid of a-1' };
    for (const sets of [[{ metadata: { name: 'a-1', uid: 'u' } }], [], undefined]) {
      expect((await ask({ [POD]: [owned('ReplicaSet', 'a-1')], [SET]: sets })).found).toEqual(set);
    }
  });

  it('is whatever else controls the pod, and a ReplicaSet of another group is not asked for', async () => {
    const f = async (kind: string, apiVersion: string): Promise<void> => {
      expect(await ask({ [POD]: [owned(kind, 'a', { apiVersion })] })).toEqual({
        found: { ...place, apiVersion, kind, name: 'a', uid: 'uid of a' },
        asked: [POD],
      });
    };
    await f('StatefulSet', 'apps/v1');
    await f('ReplicaSet', 'example.com/v1');
  });

  it('is the pod itself when nothing controls it', async () => {
    for (const more of [{ controller: false }, { controller: 'true' }, { uid: '' }, { name: undefined }]) {
      expect((await ask({ [POD]: [owned('Deployment', 'a', more)] })).found).toEqual(SELF);
    }
    expect((await ask({ [POD]: [{ metadata: { uid: 'own-uid', ownerReferences: 'none' } }] })).found).toEqual(SELF);
  });

  it('is not known when there is no such pod', async () => {
    for (const pods of [[], undefined, [null], ['pod'], [{ metadata: {} }]]) {
      expect((await ask({ [POD]: pods })).found).toBeUndefined();
    }
  });
});
