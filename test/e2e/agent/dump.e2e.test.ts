import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import type { FaultAction } from '../../fakes/kube-apiserver/faults.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';
import { startProgram } from '../../stages/child-program.ts';

interface Line {
  readonly feed: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly findings?: readonly string[];
  readonly body: unknown;
}

const AGENT = findProgram('agent');
/** What an operator may have chosen: the dump has to go by it, too. */
const CHOICES = { SCRUB_REENABLE: 'args,nodeImages', ANNOTATION_PREFIXES: 'example.com/', SKIP_FEEDS: 'services' };
let stage: FakeStage;

beforeAll(async () => {
  // More than a pipe holds.
  stage = await startFakeStage({ cluster: { nodes: 4, pods: 300 }, env: CHOICES });
});
afterAll(() => stage[Symbol.asyncDispose]());

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly launcher?: readonly string[];
}

async function run(args: readonly string[], { env = {}, launcher = [] }: RunOptions = {}) {
  const all = { ...AGENT.environment, ...stage.cluster.agentEnv, ...CHOICES, ...env };
  const nodeArgs = AGENT.nodeFlags;
  await using child = startProgram({
    entry: sourceOf(AGENT),
    name: 'the dump',
    args: ['dump', ...args],
    nodeArgs,
    env: all,
    launcher,
  });
  const { code } = await child.exit;
  const textsOf = (stream: string): string[] =>
    child.lines.flatMap((line) => (line.stream === stream ? [line.text] : []));
  return { code, stdout: textsOf('stdout'), stderr: textsOf('stderr').join('\n') };
}

const parse = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line) as Line);

describe('agent dump', () => {
  it('writes of every object what the platform gets of it, byte by byte, without knowing a platform', async () => {
    await stage.startReadyAgent();
    const stored = await stage.platform.control.allObjects();
    // Usage is another one at every look.
    const isSteady = ({ group }: { group: string }): boolean => group !== 'metrics.k8s.io';
    const key = (
      one: Pick<Line, 'group' | 'version' | 'resource' | 'uid' | 'namespace' | 'name' | 'resourceVersion'>,
    ) => [one.group, one.version, one.resource, one.uid, one.namespace, one.name, one.resourceVersion].join(' ');
    const received = stored.filter(isSteady).map((one) => `${key(one)} ${JSON.stringify(one.body)}`);

    const { code, stdout, stderr } = await run([]);
    const dumped = parse(stdout)
      .filter(isSteady)
      .map((one) => `${key(one)} ${JSON.stringify(one.body)}`);
    expect(dumped.toSorted()).toEqual(received.toSorted());
    expect(dumped.length).toBeGreaterThan(300);
    // The bytes of a line are those of the body: written again they are the same.
    for (const line of stdout) expect(JSON.stringify(JSON.parse(line))).toBe(line);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^castai-agent: \d+ objects with \d+ bytes of \d+ feeds; \d+ are not served by this cluster$/u,
    );
  });

  it('gives the objects that are asked for', async () => {
    const [pod] = parse((await run(['--feed', 'pods'])).stdout);
    const name = pod?.name ?? '';
    const namespace = pod?.namespace ?? '';
    const { stdout } = await run(['--feed', 'pods', '--feed', 'nodes', '--namespace', namespace, '--name', name]);
    expect(parse(stdout)).toEqual([pod]);
    const nobody = await run(['--name', 'nobody', '--feed', 'pods']);
    expect(nobody).toMatchObject({ code: 0, stdout: [] });
    expect(nobody.stderr).toContain('there is no nobody');
  });

  it('explains one object, and writes nothing of what stays', async () => {
    const [pod] = parse((await run(['--feed', 'pods'])).stdout);
    const { stdout, code } = await run(['--feed', 'pods', '--name', pod?.name ?? '', '--explain']);
    expect(code).toBe(0);
    expect(stdout[0]).toMatch(/^# v1 Pod .+: \d+ bytes leave$/u);
    expect(stdout).toContain(`sent     metadata.name = "${pod?.name}"  (text of at most 512 characters of <metadata>)`);
    expect(stdout.some((line) => /^dropped {2}\S+ {2}\(nothing of <.+> names it\)$/u.test(line))).toBe(true);
  });

  it('counts sizes of each kind', async () => {
    const { stdout } = await run(['--feed', 'pods', '--feed', 'nodes', '--sizes']);
    expect(stdout.map((line) => line.split(/ {2,}/u)[0])).toEqual(['feed', 'pods', 'nodes', 'all']);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const script = '{ "$@"; echo "code $?" >&2; } | head -n 1';
    const { stdout, stderr } = await run(['--feed', 'pods'], { launcher: ['sh', '-c', script, 'sh'] });
    expect(stdout).toHaveLength(1);
    expect(stderr).toBe('code 0');
  });

  it('names what may not be read, gives the rest and ends with 1', async () => {
    const giveBack = stage.cluster.fake.access.deny({ resource: 'deployments' });
    const { code, stdout, stderr } = await run(['--feed', 'deployments.apps', '--feed', 'nodes']);
    giveBack();
    expect(code).toBe(1);
    expect(new Set(parse(stdout).map(({ feed }) => feed))).toEqual(new Set(['nodes']));
    expect(stderr).toMatch(/not read, or not to its end: deployments\.apps: FORBIDDEN/u);
  });

  it('goes on without discovery, in the versions that the agent knows', async () => {
    stage.cluster.fake.faults.add({
      match: { verb: 'get', path: '/apis', times: 1 },
      action: { type: 'respond', status: 403, body: { kind: 'Status', code: 403, message: 'not for you' } },
    });
    const { code, stdout, stderr } = await run(['--feed', 'replicasets.apps', '--feed', 'machines.karpenter.sh']);
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(0);
    expect(stderr).toContain('not served by this cluster: machines.karpenter.sh');
  });

  it('asks again where the API server is busy', async () => {
    stage.cluster.fake.faults.add({
      match: { verb: 'list', resource: 'nodes', times: 2 },
      action: { type: 'respond', status: 429, headers: { 'retry-after': '1' }, body: 'too many requests' },
    });
    const { code, stdout } = await run(['--feed', 'nodes']);
    expect({ code, nodes: stdout.length }).toEqual({ code: 0, nodes: 4 });
  });

  it.each([
    ['text of it', { type: 'asText' }],
    ['a connection that is reset in the middle', { type: 'cut', afterBytes: 100_000, how: 'rst' }],
    ['an end in the middle', { type: 'cut', afterBytes: 100_000, how: 'eof' }],
  ] as const satisfies readonly (readonly [string, FaultAction])[])(
    'reads as JSON what does not come through as protobuf, and says so: %s',
    async (_, action) => {
      const whole = await run(['--feed', 'pods']);
      expect(whole.stderr).not.toContain('protobuf does not come through');
      const repair = stage.cluster.fake.faults.add({
        match: { verb: 'list', resource: 'pods', accept: 'protobuf' },
        action,
      });
      const { code, stdout, stderr } = await run(['--feed', 'pods']);
      repair();
      expect(stderr).toContain('/api/v1/pods: protobuf does not come through');
      expect(code).toBe(0);
      // In another order of fields, which the fake has from where the object came and a real server by the schema.
      const known = new Map(parse(whole.stdout).map((line) => [line.uid, line]));
      const lines = parse(stdout);
      expect(lines.filter((line) => !isDeepStrictEqual(line, known.get(line.uid)))).toEqual([]);
      expect(lines.map(({ uid }) => uid).toSorted()).toEqual([...known.keys()].toSorted());
    },
  );

  it('says what is wrong and writes nothing where nothing can be read', async () => {
    const away = await run([], { env: { KUBERNETES_SERVICE_PORT: '1' } });
    expect(away).toMatchObject({ code: 1, stdout: [] });
    expect(away.stderr).toMatch(/^castai-agent: .*ECONNREFUSED/u);
    const skipped = await run(['--feed', 'services']);
    expect(skipped).toMatchObject({ code: 2, stdout: [] });
    expect(skipped.stderr).toMatch(/no feed is called services[\s\S]*the feeds are: nodes, pods, /u);
    const wrong = await run(['--sizes'], { env: { PAGE_SIZE: 'many' } });
    expect(wrong).toMatchObject({ code: 2, stdout: [] });
    expect(wrong.stderr).toContain('PAGE_SIZE="many"');
    for (const args of [['--explain'], ['--sizes', '--explain'], ['--fast']]) {
      const { code, stderr } = await run(args);
      expect({ code, usage: stderr.includes('see castai-agent dump --help') }).toEqual({ code: 2, usage: true });
    }
    expect((await run(['--help'])).stdout.join('\n')).toContain('Exit codes:');
  });
});
