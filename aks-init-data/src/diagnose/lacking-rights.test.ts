import type { ResourceAttributes } from '@castai/shared/kube/kube-client.ts';
import { expect, it } from 'vitest';
import { lackingRights } from './lacking-rights.ts';

const never = new AbortController().signal;
const nodeOf = (labels: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n-1', uid: 'u', labels },
  status: { nodeInfo: { architecture: 'arm64' } },
});
const OURS = nodeOf({ 'kubernetes.azure.com/agentpool': 'Pool1', 'kubernetes.io/os': 'linux' });

/** Asks, and gives what is missing where only these are allowed; absent: all are. */
async function ask(node: object, allowed?: readonly string[]): Promise<{ lacking: string[]; asked: string[] }> {
  const asked: string[] = [];
  const canI = async ({ verb, resource, name = '*', namespace = '' }: ResourceAttributes): Promise<boolean> => {
    asked.push(`${verb} ${resource} ${namespace}/${name}`);
    return allowed === undefined || allowed.includes(`${verb} ${resource}`);
  };
  return { lacking: await lackingRights({ canI }, { namespace: 'castai', node }, never), asked };
}

it('of the pool the lease is made, read and renewed by its name, and of the record all but its making', async () => {
  const lease = 'castai/castai-aks-init-data-pool1-arm64';
  const record = 'castai/castai-aks-init-data';
  expect(await ask(OURS)).toEqual({
    lacking: [],
    asked: [
      `create leases ${lease}`,
      `get leases ${lease}`,
      `patch leases ${lease}`,
      'create configmaps castai/*',
      `get configmaps ${record}`,
      `patch configmaps ${record}`,
    ],
  });
});

it('who may make a lease and not patch it stands still, and hears which right that is', async () => {
  const { lacking } = await ask(OURS, ['create leases', 'get leases', 'create configmaps', 'get configmaps']);
  expect(lacking).toEqual(['patch leases', 'patch configmaps']);
});

it('a node of which nothing is sent has no pool', async () => {
  const { lacking, asked } = await ask(nodeOf({}), ['create configmaps', 'get configmaps', 'patch configmaps']);
  expect([lacking, asked.slice(0, 2)]).toEqual([
    ['create leases'],
    ['create leases castai/*', 'create configmaps castai/*'],
  ]);
});
