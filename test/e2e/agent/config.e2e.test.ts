/** The real agent with a configuration that it cannot use: it says everything at once, tries nothing, and ends with 2. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRUB_SWITCHES } from '@castai/agent/scrub/rules.ts';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { startProgram } from '../../stages/child-program.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the agent with these variables and nothing else, and waits until it has ended. */
async function runToItsEnd(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<Ended> {
  const agent = findProgram('agent');
  await using program = startProgram({
    entry: sourceOf(agent),
    name: 'the agent',
    nodeArgs: agent.nodeFlags,
    args,
    env,
  });
  const { code } = await program.exit;
  const written = (wanted: string): string =>
    program.lines
      .filter(({ stream }) => stream === wanted)
      .map(({ text }) => text)
      .join('\n');
  return { code, stdout: written('stdout'), stderr: written('stderr') };
}

/** The one line that says why it ended: message and cure. */
function said(stderr: string): string {
  const { message, hint } = JSON.parse(stderr) as { message: string; hint?: string };
  return `${message} → ${hint ?? ''}`;
}

let stage: FakeStage;
/** In the place of the platform and of the API server: nobody may ask it anything. */
let bystander: RecordingServer;
let folder: string;

beforeAll(async () => {
  stage = await startFakeStage();
  bystander = await RecordingServer.start();
  folder = await mkdtemp(join(tmpdir(), 'castai-config-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await bystander[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** What the agent needs to run. Its platform and its API server are the bystander. */
function usable(): Record<string, string> {
  return {
    API_URL: bystander.url.href,
    API_KEY: 'the-key',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: bystander.url.port,
    ADMIN_PORT: '0',
  };
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe.concurrent('a configuration that is not usable', () => {
  test('is told with every problem at once: which variable, its value, what to do', async () => {
    const ended = await runToItsEnd({
      ...usable(),
      API_KEY: 'first-secret',
      API_KEY_FILE: '/nowhere/key',
      API_URL: 'platform.example.com',
      TLS_CA_CERT_FILE: '/nowhere/ca.pem',
      PROVIDER: 'openstack',
      KUBECONFIG: '/nowhere/kubeconfig',
      READ_RBAC: 'maybe',
      SCRUB_REENABLE: 'args,everything',
      PENDING_LIMIT: 'lots',
      PAGE_SIZE: '5',
      POLL_SECONDS: '5',
      DRAIN_SECONDS: '20s',
      ADMIN_PORT: '99999',
      LOG_LEVEL: 'loud',
      READ_INGRES: 'true',
      API_TOKEN: 'second-secret',
    });
    const unreadable = (variable: string, path: string): string =>
      `${variable}="${path}" cannot be read (ENOENT: no such file or directory, open '${path}'): ` +
      'check that it is mounted and readable for the user of this process';
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' });
    const problems = [
      'API_KEY and API_KEY_FILE are both set: keep one of them',
      'API_URL="platform.example.com" is not a URL: give a URL like https://host.example.com',
      unreadable('TLS_CA_CERT_FILE', '/nowhere/ca.pem'),
      'PROVIDER="openstack" is not one of the choices: give aks, eks, gke, kops, openshift, selfhostedec2, anywhere',
      unreadable('KUBECONFIG', '/nowhere/kubeconfig'),
      'READ_RBAC="maybe" is neither true nor false: give true or false',
      `SCRUB_REENABLE="args,everything" names everything, which there is not: give any of ${Object.keys(SCRUB_SWITCHES).join(', ')}`,
      'PENDING_LIMIT="lots" is not an amount of memory: write it like 2048, 2Ki or 64Mi',
      'PAGE_SIZE="5" is out of range: give a whole number from 10 to 5000',
      'POLL_SECONDS="5" is out of range: give a number from 15 to 3600, without a unit',
      'DRAIN_SECONDS="20s" is not a number of seconds: give a number from 1 to 600, without a unit',
      'ADMIN_PORT="99999" is out of range: give a whole number from 0 to 65535',
      'LOG_LEVEL="loud" is not one of the choices: give debug, info, warn, error',
      'API_TOKEN is set, but there is no such option',
      'READ_INGRES is set, but there is no such option: did you mean READ_INGRESS?',
    ].join('; ');
    expect(JSON.parse(ended.stderr)).toEqual({
      level: 'error',
      time: expect.any(String) as unknown,
      program: 'castai-agent',
      check: 'config',
      code: 'CONFIG_INVALID',
      hint: 'correct the environment variables of the container, as a rule through the chart values',
      message: `the configuration is not usable: ${problems}`,
    });
  });

  test('is told when there is none at all, blank values included', async () => {
    const { code, stdout, stderr } = await runToItsEnd({ API_KEY: '  ', API_URL: '' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(said(stderr)).toMatch(/: neither API_KEY nor API_KEY_FILE is set: .*; API_URL is not set: /u);
  });

  interface Row {
    readonly what: string;
    readonly env: () => Promise<Record<string, string>>;
    readonly says: readonly string[];
  }
  const SECRET = 'top-secret-4711';
  const rows: readonly Row[] = [
    {
      what: 'an address of the platform with a password in it',
      env: async () => ({ API_URL: `https://user:${SECRET}@platform.example.com` }),
      says: ['API_URL has a user or a password in its URL: remove them'],
    },
    {
      what: 'a key file that is not there, beside other variables that hold secrets',
      env: async () => ({ API_KEY: '', API_KEY_FILE: '/nowhere/api-key', API_KEYS: SECRET, CASTAI_TOKEN: SECRET }),
      says: [
        `API_KEY_FILE="/nowhere/api-key" cannot be read (ENOENT`,
        'check that it is mounted',
        'API_KEYS is set, but there is no such option',
        'CASTAI_TOKEN is set, but there is no such option',
      ],
    },
    {
      what: 'a key file that is a folder',
      env: async () => ({ API_KEY: '', API_KEY_FILE: folder, API_KEYS: SECRET }),
      says: ['API_KEY_FILE=', 'EISDIR', 'check that it is mounted'],
    },
    {
      what: 'a key file without a key',
      env: async () => ({ API_KEY: '', API_KEY_FILE: await file('empty', '\n') }),
      says: ['API_KEY_FILE=', 'is an empty file: check what is mounted there'],
    },
    {
      what: 'a key and a key file',
      env: async () => ({ API_KEY: SECRET, API_KEY_FILE: await file('other', `${SECRET}\n`) }),
      says: ['API_KEY and API_KEY_FILE are both set: keep one of them'],
    },
    {
      what: 'a kubeconfig that is no YAML, with a token in the wrong line',
      env: async () => ({
        KUBECONFIG: await file('torn', `users:\n- name: me\n  user: {token: ${SECRET}\n  - : [\n`),
      }),
      says: ['kubeconfig', 'it is not the YAML of a kubeconfig', 'kubectl config view --minify'],
    },
    {
      what: 'a kubeconfig whose context does not exist',
      env: async () => ({
        KUBECONFIG: await file('lost', `users:\n- {name: me, user: {token: ${SECRET}}}\ncurrent-context: elsewhere\n`),
      }),
      says: ['the current context "elsewhere" has no cluster or no user', 'kubectl config view --minify'],
    },
    {
      what: 'no address of an API server',
      env: async () => ({ KUBERNETES_SERVICE_HOST: '', API_KEY: SECRET }),
      says: ['KUBERNETES_SERVICE_HOST is ""', 'set KUBECONFIG to the path of a kubeconfig'],
    },
    {
      what: 'no CA of the cluster',
      env: async () => ({ SERVICE_ACCOUNT_DIR: '/nowhere', API_KEY: SECRET }),
      says: ['/nowhere/ca.crt cannot be read', 'check that the file is mounted'],
    },
  ];
  test.for(rows.map((row) => [row.what, row] as const))(
    'names what is wrong with %s, and never a secret',
    async ([, row]) => {
      const { code, stdout, stderr } = await runToItsEnd({ ...usable(), ...(await row.env()) });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      for (const text of row.says) expect(said(stderr)).toContain(text);
      expect(stderr).not.toContain(SECRET);
      // What an operator can do about it, and not where in the program it was found.
      expect(stderr).not.toContain('stack');
    },
  );

  test('also is a command that there is not', async () => {
    const { code, stdout, stderr } = await runToItsEnd(usable(), ['dance']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('castai-agent: there is no command dance; see castai-agent --help');
  });

  test('also is a port that somebody else has', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => other.once('listening', resolve));
      const port = String((other.address() as AddressInfo).port);
      const ended = await runToItsEnd({ ...usable(), ...stage.cluster.agentEnv, ADMIN_PORT: port });
      expect({ code: ended.code, stdout: ended.stdout, said: said(ended.stderr) }).toEqual({
        code: 2,
        stdout: '',
        said: `port ${port} is in use → set ADMIN_PORT to a port that is free; a pod with hostNetwork shares its ports with the whole node`,
      });
    } finally {
      other.close();
    }
  });

  test('also is a provider without what identifies a cluster there, which only the cluster can tell', async () => {
    const ended = await runToItsEnd({ ...usable(), ...stage.cluster.agentEnv, PROVIDER: 'eks' });
    expect(ended.code).toBe(2);
    expect(said(ended.stderr)).toMatch(/^cannot tell which cluster this is: .*EKS_ACCOUNT_ID/u);
    expect(said(ended.stderr)).toContain('set PROVIDER and the variables of that provider, or CLUSTER_ID');
  });
});

test('nothing was asked of the platform or the API server with any of these', () => {
  expect(bystander.requests).toEqual([]);
});

describe.concurrent('a configuration that is usable', () => {
  test('starts, without a warning and without anything on the standard error', async () => {
    const agent = await stage.startReadyAgent();
    expect(agent.log[0]).toMatchObject({ level: 'info', message: 'agent started' });
    expect(agent.log.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(agent.process.lines.filter(({ stream }) => stream === 'stderr')).toEqual([]);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('starts with a warning for each variable that looks like ours and is not, without its value', async () => {
    // Alone with a platform of its own: a second agent would fence the first.
    await using other = await startFakeStage({ cluster: { nodes: 1, pods: 3 } });
    const agent = await other.startReadyAgent({
      env: {
        API_KEYY: 'misspelt-secret',
        CASTAI_SOMETHING: 'unknown-secret',
        SCRUB_REENABEL: 'args',
        LOGLEVEL: 'debug',
        // Kubernetes' own, for a service of the name `api`.
        API_SERVICE_HOST: '10.0.0.1',
        API_PORT_443_TCP_ADDR: '10.0.0.1',
        SOMEBODY_ELSES: 'business',
      },
    });
    expect(agent.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'API_KEYY is set, but there is no such option: did you mean API_KEY?',
      'CASTAI_SOMETHING is set, but there is no such option',
      'LOGLEVEL is set, but there is no such option: did you mean LOG_LEVEL?',
      'SCRUB_REENABEL is set, but there is no such option: did you mean SCRUB_REENABLE?',
    ]);
    for (const page of ['/statusz', '/statusz?format=json', '/metrics']) {
      expect((await agent.page(page)).text).not.toMatch(/misspelt-secret|unknown-secret/u);
    }
    expect(agent.output).not.toMatch(/misspelt-secret|unknown-secret/u);
  });
});
