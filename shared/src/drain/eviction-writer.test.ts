import { expect, test } from 'vitest';
import { DryPodRemover, PodRemover } from './eviction-writer.ts';

const NO_SIGNAL = new AbortController().signal;
const POD = { namespace: 'team a', name: 'app', uid: 'uid-app' };
const PATH = '/api/v1/namespaces/team%20a/pods/app';
const EVICTION = {
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name: 'app', namespace: 'team a' },
  deleteOptions: { preconditions: { uid: 'uid-app' } },
};

/** The far end of a writer, which takes everything. */
function recorder() {
  const requests: [string, string, unknown][] = [];
  const client = {
    create: async (path: string, body: unknown) => {
      requests.push(['POST', path, body]);
      return {};
    },
    delete: async (path: string, options: object) => void requests.push(['DELETE', path, options]),
  };
  return { requests, client };
}

test('a pod is evicted or deleted on condition of its uid', async () => {
  const { requests, client } = recorder();
  const writer = new PodRemover(client);
  expect([await writer.evict(POD, NO_SIGNAL), await writer.remove(POD, NO_SIGNAL)]).toEqual(['asked', 'asked']);
  expect(requests).toEqual([
    ['POST', `${PATH}/eviction`, EVICTION],
    ['DELETE', PATH, { preconditions: { uid: 'uid-app' } }],
  ]);
});

test('a dry run asks the same of the API server, which changes nothing, and tells of it', async () => {
  const { requests, client } = recorder();
  const told: string[] = [];
  const observer = { onDryEviction: ({ name }: { name: string }, how: string) => void told.push(`${how} ${name}`) };
  const writer = new DryPodRemover({ client, observer });
  expect([await writer.evict(POD, NO_SIGNAL), await writer.remove(POD, NO_SIGNAL)]).toEqual(['spared', 'spared']);
  expect(requests).toEqual([
    ['POST', `${PATH}/eviction?dryRun=All`, EVICTION],
    ['DELETE', `${PATH}?dryRun=All`, { preconditions: { uid: 'uid-app' } }],
  ]);
  expect(told).toEqual(['evict app', 'delete app']);
});

test('a dry run that would have been refused tells nothing', async () => {
  const told: unknown[] = [];
  const refuse = async (): Promise<never> => {
    throw new Error('the budget forbids it');
  };
  const writer = new DryPodRemover({
    client: { create: refuse, delete: refuse },
    observer: { onDryEviction: (pod) => told.push(pod) },
  });
  await expect(writer.evict(POD, NO_SIGNAL)).rejects.toThrow('the budget forbids it');
  await expect(writer.remove(POD, NO_SIGNAL)).rejects.toThrow('the budget forbids it');
  expect(told).toEqual([]);
});
