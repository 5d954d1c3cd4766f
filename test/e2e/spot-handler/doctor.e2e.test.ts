/** The doctor of the spot handler, from where it stands: a node with its metadata service, an API server, and a platform. */
import { expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { startProgram } from '../../stages/child-program.ts';
import { doctorReport } from '../../stages/doctor-report.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

async function examine(env: Readonly<Record<string, string>>) {
  const program = findProgram('spot-handler');
  await using child = startProgram({
    entry: sourceOf(program),
    name: 'the doctor',
    args: ['doctor', '--json'],
    nodeArgs: program.nodeFlags,
    env,
  });
  const { code, findings } = await doctorReport(child);
  for (const { severity, cure } of findings) expect(cure === '').toBe(severity === 'ok' || severity === 'skipped');
  return {
    code,
    findings: Object.fromEntries(findings.map(({ id, severity, detail }) => [id, `${severity}: ${detail}`])),
  };
}

test('finds nothing to do where all is well, and names what is in the way where it is not', async () => {
  await using stage = await SpotStage.start({ cloud: 'azure' });
  const { environment } = stage;
  const well = await examine(environment);
  expect(well).toMatchObject({
    code: 0,
    findings: {
      config: 'ok: every option is valid',
      'metadata-service': expect.stringMatching(/^ok: that of azure answers at /u) as unknown,
      'api-server': expect.stringMatching(/^ok: /u) as unknown,
      node: expect.stringMatching(/^ok: .* may be marked; azure:/u) as unknown,
      platform: expect.stringMatching(/^ok: reached at /u) as unknown,
      'api-key': expect.stringMatching(/^skipped: /u) as unknown,
    },
  });
  const ill = await examine({
    ...environment,
    PROVIDER: 'gcp',
    API_URL: 'http://127.0.0.1:1',
    NODE_NAME: 'another-node',
  });
  expect(ill).toMatchObject({
    code: 2,
    findings: {
      'metadata-service': expect.stringMatching(/^problem: PROVIDER says gcp, .* is that of azure$/u) as unknown,
      'api-server': 'ok: answers',
      node: 'problem: there is no node another-node: nothing can be marked, and notices are still reported',
      platform: 'problem: http://127.0.0.1:1/: connect ECONNREFUSED 127.0.0.1:1',
    },
  });
  const broken = await examine({ ...environment, API_URL: 'x' });
  expect(broken).toMatchObject({
    code: 2,
    findings: { platform: 'skipped: not checked: the configuration is not usable' },
  });
});
