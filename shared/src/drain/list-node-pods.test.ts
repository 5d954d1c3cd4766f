import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { listNodePods } from './list-node-pods.ts';

test('a list whose pages go round in a circle is a fault, and not read without end', async () => {
  const pod = (name: string) => ({ metadata: { name, namespace: 'shop', uid: name } });
  const client = {
    get: (path: string) =>
      Promise.resolve({
        kind: 'PodList',
        metadata: { continue: path.includes('continue=a') ? 'b' : 'a' },
        items: [pod(path.includes('continue=a') ? 'two' : 'one')],
      }),
  };
  const options = { client, nodeName: 'n1', clock: new ManualClock(), onLate: () => undefined };
  await expect(listNodePods(options, new AbortController().signal)).rejects.toMatchObject({
    code: 'KUBE_STREAM_BROKEN',
    message: 'the API server sent a page of the list for the second time, with more to follow',
  });
});
