/** What the shipped program consists of: every node pays for it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { ownDist } from '../../stages/own-dist.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'dist/spot-handler');

ownDist();

test('the bundle holds neither undici nor client-node, and does its work', async () => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.ts'), 'spot-handler'], { stdio: 'pipe' });
  const { inputs } = JSON.parse(readFileSync(join(FOLDER, 'meta.json'), 'utf8')) as { inputs: object };
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  expect([packages.has('axios'), packages.has('undici'), packages.has('@kubernetes/client-node')]).toEqual([
    true,
    false,
    false,
  ]);
  await using stage = await SpotStage.start({ cloud: 'azure' });
  await using program = startProgram({ entry: join(FOLDER, 'main.mjs'), name: 'spot-handler', env: stage.environment });
  const { port } = await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  stage.imds.service.schedule();
  expect(await stage.acted()).toBe(true);
  const samples = await eventually({
    what: 'the metrics show the interruption',
    look: async () => parseMetrics(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    until: (found) =>
      found.some(({ name, value }) => name === 'castai_spot_handler_interruptions_total' && value === 1),
  });
  // Every known series is there from the start: an alert on the first failure must see it rise from 0.
  const of = (name: string): number => samples.filter((sample) => sample.name === name).length;
  expect({
    interruptions: of('castai_spot_handler_interruptions_total'),
    polls: of('castai_spot_handler_polls_total'),
    reports: of('castai_spot_handler_report_total'),
    actions: of('castai_spot_handler_node_actions_total'),
  }).toEqual({ interruptions: 11, polls: 13, reports: 7, actions: 40 });
});
