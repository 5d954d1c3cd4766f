/** The whole program on a node's folder: what arrives at the platform, and when. */
import { describe, expect, test } from 'vitest';
import { FakeWaagent } from '../../fakes/waagent.ts';
import { BOOTSTRAP_SHAPES } from '../../fakes/waagent/bootstrap-data.ts';
import { InitDataStage } from '../../stages/aks-init-data/init-data-stage.ts';

const documentOf = (node: FakeWaagent): unknown => ({
  cloudConfigBase64: node.customData.toString('base64'),
  protectedSettingsBase64: node.settings.toString('base64'),
  architecture: 'amd64',
});

describe('a node in an AKS agent pool', () => {
  test('delivers every form of bootstrap data sealed, byte for byte, and once', async () => {
    await using stage = await InitDataStage.start();
    for (const [index, shape] of BOOTSTRAP_SHAPES.entries()) {
      using node = new FakeWaagent({ shape });
      const nodeName = `node-${shape}`;
      await stage.putNode(nodeName, { labels: { 'kubernetes.azure.com/agentpool': `pool${index}` } });
      await using program = await stage.startProgram({ nodeName, waagentDir: node.root });
      await stage.ready(program);
      const deliveries = await stage.deliveries(index + 1);
      expect(deliveries).toHaveLength(index + 1);
      expect(deliveries[index]).toMatchObject({ ...(documentOf(node) as object), keyId: 'k1', times: 1 });
      expect(await program.process.stop()).toEqual({ code: 0, signal: null });
    }
  });
});
