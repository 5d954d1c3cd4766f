import { beforeAll, describe, expect, test } from 'vitest';
import { canEnterRoots } from '../../images/enter-root.ts';
import { findProgram } from '../../scripts/programs.ts';
import { waitForEqualPictures } from '../judges/compare-pictures.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { stageAgentImage, stageInitDataImage, stageSpotHandlerImage } from '../stages/images/image-stages.ts';
import { buildImages } from '../stages/images/build-images.ts';
import { UnpackedImage } from '../stages/images/unpacked-image.ts';
import { ownDist } from '../stages/own-dist.ts';

const COMPARE_MS = 120_000;
const GRACE_MS = 60_000;

ownDist();

describe.runIf(canEnterRoots())('an image does its whole job', () => {
  beforeAll(() => buildImages());

  test('the agent streams a cluster', async () => {
    using image = new UnpackedImage(findProgram('agent'));
    await using stage = await stageAgentImage(image, ['--nodes', '3', '--pods', '40']);
    const { program, fake, platform } = stage;
    const [cluster] = (await platform.control.state()).clusters;
    const pictures = { cluster: fake.client, platform: platform.control, clusterId: cluster?.id ?? '' };
    const comparison = await waitForEqualPictures(pictures, { timeoutMs: COMPARE_MS });
    expect(comparison).toMatchObject({ differences: [], moving: 0 });
    expect(comparison.equal).toBeGreaterThan(80);
    expect(await program.stop('SIGTERM', GRACE_MS)).toEqual({ code: 0, signal: null });
  });

  test('the spot handler marks its node and reports, as soon as its machine is to be taken away', async () => {
    using image = new UnpackedImage(findProgram('spot-handler'));
    await using stage = await stageSpotHandlerImage(image);
    stage.imds.service.schedule();
    await eventually({
      what: 'the node is marked and the platform knows',
      look: () => ({ patches: stage.patches.length, reports: stage.reports.length, isClean: stage.isClean }),
      until: ({ patches, reports, isClean }) => patches > 0 && reports > 0 && !isClean,
    });
    expect(await stage.program.stop('SIGTERM', GRACE_MS)).toEqual({ code: 0, signal: null });
  });

  test('AKS init data opens the files of its node in a process of its own and delivers', async () => {
    using image = new UnpackedImage(findProgram('aks-init-data'));
    const pace = { CLUSTER_POLL_SECONDS: '1', FILES_POLL_SECONDS: '1' };
    await using staged = await stageInitDataImage(image, pace);
    const { program, stage, node } = staged;
    expect(await stage.deliveries(1)).toMatchObject([
      { protectedSettingsBase64: node.settings.toString('base64'), times: 1 },
    ]);
    expect(await program.stop('SIGTERM', GRACE_MS)).toEqual({ code: 0, signal: null });
  });
});
