/** What the shipped program consists of: every node pays for it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { bundleFolder, findProgram } from '../../../scripts/programs.ts';
import { FakeWaagent } from '../../fakes/waagent.ts';
import { InitDataStage } from '../../stages/aks-init-data/init-data-stage.ts';
import { ownDist } from '../../stages/own-dist.ts';

const ROOT = join(import.meta.dirname, '../../..');

ownDist();

test('the bundle holds neither undici nor client-node, loads the XML parser in the worker only, and delivers', async () => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.ts'), 'aks-init-data'], { stdio: 'pipe' });
  const metafile = readFileSync(join(bundleFolder(findProgram('aks-init-data')), 'meta.json'), 'utf8');
  const { outputs } = JSON.parse(metafile) as Metafile;
  const packagesOf = (filter: (output: string) => boolean): Set<string> =>
    new Set(
      Object.entries(outputs)
        .filter(([name]) => filter(name))
        .flatMap(([, { inputs }]) => Object.keys(inputs))
        .flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/u.exec(path)?.[1] ?? []),
    );
  const all = packagesOf(() => true);
  expect(['axios', 'saxes', 'undici', '@kubernetes/client-node', '@hpke/core'].filter((name) => all.has(name))).toEqual(
    ['axios', 'saxes'],
  );
  const longLived = packagesOf((name) => !name.includes('serve-worker'));
  expect([longLived.has('axios'), longLived.has('saxes')]).toEqual([true, false]);

  await using stage = await InitDataStage.start();
  using node = new FakeWaagent({ shape: 'phase-3' });
  await stage.putNode('node-1');
  await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir: node.root, fromBundle: true });
  await stage.ready(program);
  expect(await stage.deliveries(1)).toMatchObject([
    { cloudConfigBase64: node.customData.toString('base64'), times: 1 },
  ]);
  expect(await program.process.stop()).toEqual({ code: 0, signal: null });
});
