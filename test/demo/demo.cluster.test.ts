import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isOldest, KUBERNETES_VARIABLE, OLDEST } from '../../scripts/tools/binaries.ts';
import { startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { startProgram } from '../stages/child-program.ts';

const startDemo = (...args: string[]) =>
  startProgram({
    entry: join(import.meta.dirname, 'main.ts'),
    name: 'the demo',
    args: ['--once', '--json', ...args],
    env: isOldest() ? { [KUBERNETES_VARIABLE]: OLDEST } : {},
  });

test('the demo streams a real cluster, with 200 changes in it, and finds every object equal', async () => {
  await using demo = startDemo('--real', '--nodes', '10', '--pods', '200');
  expect(await demo.waitForJson(() => true, 600_000)).toMatchObject({ equal: true });
  expect(await demo.exit).toEqual({ code: 0, signal: null });
});

test('the demo changes nothing in the cluster of a kubeconfig, or only a namespace of its own when told', async () => {
  await using cluster = await startCluster();
  await seedCluster(cluster, { seed: 1, nodes: 2, pods: 20 });
  const pods = async () => (await cluster.request('GET', '/api/v1/pods')).items;
  const services = async () => (await cluster.request('GET', '/api/v1/services')).items;
  const [podsBefore, servicesBefore] = [await pods(), await services()];

  await using still = startDemo('--kubeconfig', cluster.kubeconfig);
  expect(await still.waitForJson()).toMatchObject({ equal: true });
  expect(await still.exit).toEqual({ code: 0, signal: null });
  expect(await pods()).toEqual(podsBefore);
  expect(await services()).toEqual(servicesBefore);

  await using changing = startDemo('--kubeconfig', cluster.kubeconfig, '--changes', '30');
  expect(await changing.waitForJson()).toMatchObject({ equal: true });
  expect(await changing.exit).toEqual({ code: 0, signal: null });
  expect(await pods()).toEqual(podsBefore);
  const others = ({ metadata }: { metadata?: { namespace?: string } }) => metadata?.namespace !== 'castai-demo';
  expect((await services())?.filter(others)).toEqual(servicesBefore);
  // Without a controller for namespaces its objects stay; what was asked for is that it goes.
  expect(await cluster.request('GET', '/api/v1/namespaces/castai-demo')).toMatchObject({
    status: { phase: 'Terminating' },
  });
});
