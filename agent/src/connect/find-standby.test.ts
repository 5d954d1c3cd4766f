import { describe, expect, it } from 'vitest';
import { findStandby } from './find-standby.ts';

const labels = { 'app.kubernetes.io/name': 'castai', 'app.kubernetes.io/component': 'agent' };
const pod = (name: string, more: { ready?: string; metadata?: object } = {}) => ({
  metadata: { name, labels: { ...labels, 'pod-template-hash': 'abc' }, ...more.metadata },
  status: {
    conditions: [
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status: more.ready ?? 'True' },
    ],
  },
});
const OWN = '/api/v1/namespaces/castai-agent/pods?fieldSelector=metadata.name%3Da&limit=50';
const ALIKE =
  '/api/v1/namespaces/castai-agent/pods?labelSelector=app.kubernetes.io%2Fname%3Dcastai%2Capp.kubernetes.io%2Fcomponent%3Dagent&limit=50';

/** Asks as pod `a`, of an API server that answers these paths with these items. */
async function ask(answers: Record<string, unknown>, podName: string | undefined = 'a') {
  const asked: string[] = [];
  const get = async (path: string): Promise<Record<string, unknown>> => {
    asked.push(path);
    return Promise.resolve({ items: answers[path] });
  };
  const options = { client: { get }, namespace: 'castai-agent', podName };
  return { found: await findStandby(options, new AbortController().signal), asked };
}

describe('a standby', () => {
  it('is another pod with the labels of the own one that is ready', async () => {
    expect(await ask({ [OWN]: [pod('a')], [ALIKE]: [pod('a'), pod('b')] })).toEqual({
      found: true,
      asked: [OWN, ALIKE],
    });
  });

  it('is neither the own pod, nor one that is not ready or on its way out, nor nothing', async () => {
    const f = async (alike: unknown): Promise<void> => {
      expect(await ask({ [OWN]: [pod('a')], [ALIKE]: alike })).toMatchObject({ found: false });
    };
    await f([pod('a')]);
    await f([pod('b', { ready: 'False' })]);
    await f([pod('b', { ready: 'Unknown' })]);
    await f([pod('b', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })]);
    await f([{ metadata: { name: 'b' } }, null, 'b']);
    await f([]);
    await f(undefined);
  });

  it('is not looked for without a name of the own pod, or labels that tell it from others', async () => {
    expect(await ask({}, '')).toMatchObject({ found: false });
    const unlabelled = pod('a', { metadata: { labels: { 'pod-template-hash': 'abc' } } });
    expect(await ask({ [OWN]: [unlabelled] })).toEqual({ found: false, asked: [OWN] });
    const options = { client: { get: () => Promise.reject(new Error('asked')) }, namespace: 'x', podName: undefined };
    expect(await findStandby(options, new AbortController().signal)).toBe(false);
  });
});
