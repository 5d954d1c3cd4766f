import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeKubeconfig } from '../../cluster/cluster-files.ts';
import { startProgram } from '../../stages/child-program.ts';
import { startFakeProgram, startPlatformProgram } from '../../stages/start-programs.ts';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';

const AGENT = findProgram('agent');
let folder: string;
let kube: Awaited<ReturnType<typeof startFakeProgram>>;
let platform: Awaited<ReturnType<typeof startPlatformProgram>>;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'castai-doctor-'));
  [kube, platform] = await Promise.all([startFakeProgram(['--nodes', '2', '--pods', '5']), startPlatformProgram()]);
  const kubeconfig = await writeKubeconfig(folder, { url: kube.url, token: kube.token });
  env = { API_URL: platform.url, API_KEY: 'test', KUBECONFIG: kubeconfig };
});
afterAll(async () => {
  await kube[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function run(args: string[], more: Record<string, string> = {}) {
  const { nodeFlags, environment } = AGENT;
  const all = { ...environment, ...env, ...more };
  await using child = startProgram({ entry: sourceOf(AGENT), name: 'the doctor', args, nodeArgs: nodeFlags, env: all });
  const { code } = await child.exit;
  const textOf = (stream: string): string =>
    child.lines.flatMap((line) => (line.stream === stream ? [line.text] : [])).join('\n');
  return { code, stdout: textOf('stdout'), stderr: textOf('stderr') };
}

it('ends with 0 where the agent would do its job', async () => {
  const { code, stdout, stderr } = await run(['doctor']);
  expect(stdout).toMatch(/ok +api-key +the platform accepts the key/u);
  // How long answers take is not ours.
  expect({ code, stderr: stderr.replaceAll(/^still waiting for answers, .*\n?/gmu, '') }).toEqual({
    code: 0,
    stderr: '',
  });
});

it('ends with 1 for a warning, or with 0 where warnings are tolerated', async () => {
  await kube.command('deny', [{ verb: 'list', resource: 'limitranges' }]);
  const { code, stdout } = await run(['doctor', '--json']);
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as { result: string; findings: { id: string; severity: string }[] };
  expect(report.result).toBe('warning');
  expect(report.findings).toContainEqual(expect.objectContaining({ id: 'feed/limitranges', severity: 'warning' }));
  expect((await run(['doctor', '--tolerate-warnings'])).code).toBe(0);
  await kube.command('deny', []);
});

it('ends with 2 for a problem, an option or a command that does not exist', async () => {
  const refused = await run(['doctor'], { API_URL: 'http://127.0.0.1:1' });
  expect(refused.stdout).toMatch(/PROBLEM +platform/u);
  expect(refused.code).toBe(2);
  const wrongOption = await run(['doctor', '--yaml']);
  expect(wrongOption).toEqual({
    code: 2,
    stdout: '',
    stderr: "castai-agent: doctor: unknown option '--yaml'; see castai-agent doctor --help",
  });
  const wrongCommand = await run(['docter']);
  expect(wrongCommand).toMatchObject({ code: 2, stdout: '' });
  expect(wrongCommand.stderr).toBe(
    'castai-agent: there is no command docter: did you mean doctor?; see castai-agent --help',
  );
});
