import { expect, test } from 'vitest';
import { DRAINING_TAINT, FOREIGN_TAINT, SpotLab } from '@castai/test/spot/spot-lab.ts';

test('a preemption of this machine marks the node and reaches the platform', async () => {
  await using lab = await SpotLab.start({ cloud: 'azure' });
  await lab.startReady();
  lab.imds.service.schedule();
  const node = await lab.marked();
  expect(node.taints).toEqual([FOREIGN_TAINT, DRAINING_TAINT]);
  expect(await lab.reported()).toEqual([
    {
      event_type: 'interrupted',
      node_id: 'node-0001',
      provider_id:
        'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3',
    },
  ]);
});
