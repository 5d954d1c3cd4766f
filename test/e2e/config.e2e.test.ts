/** An agent that cannot start says why, all of it at once, and ends with exit code 2; an operator needs nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { startProgram } from '../support/child-program.ts';
import { startFakeStage } from './fake-stage.ts';

const SECRET = 'a-very-secret-key';
const directory = mkdtempSync(join(tmpdir(), 'castai-e2e-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A CA of nobody: nothing is asked before the configuration is found good. */
writeFileSync(join(directory, 'ca.crt'), rootCertificates[0] ?? '');
const IN_CLUSTER = {
  KUBERNETES_SERVICE_HOST: '127.0.0.1',
  KUBERNETES_SERVICE_PORT: '1',
  SERVICE_ACCOUNT_DIR: directory,
};
const GOOD = {
  API_KEY: SECRET,
  API_URL: 'https://api.example.com',
  ADMIN_HOST: '127.0.0.1',
  ADMIN_PORT: '0',
  ...IN_CLUSTER,
};

/** Runs an agent to its end. */
async function run(env: Readonly<Record<string, string>>): Promise<{ code: number | null; output: string }> {
  const program = startProgram({ entry: sourceOf(findProgram('agent')), name: 'the agent', env });
  const { code } = await program.exit;
  return { code, output: program.lines.map(({ text }) => text).join('\n') };
}

describe.concurrent('an agent with a bad configuration', () => {
  test('names every variable, its value and what to do in one message, but no secret', async () => {
    const { code, output } = await run({
      ...GOOD,
      API_KEY: `two words ${SECRET}`,
      API_URL: 'example.com/without-scheme',
      PAGE_SIZE: '5',
      PENDING_LIMIT: 'much',
      POLL_SECONDS: '1',
      READ_RBAC: 'maybe',
      PROVIDER: 'azure',
      KUBECONFIG: join(directory, 'no-such-file'),
      ADMIN_PORT: '99999',
    });
    expect(code).toBe(2);
    for (const [variable, value] of Object.entries({
      API_URL: 'example.com/without-scheme',
      PAGE_SIZE: '5',
      PENDING_LIMIT: 'much',
      POLL_SECONDS: '1',
      READ_RBAC: 'maybe',
      PROVIDER: 'azure',
      KUBECONFIG: 'no-such-file',
      ADMIN_PORT: '99999',
    })) {
      const line = output.split('\n').find((one) => one.includes(variable) && one.includes(value));
      expect(line, `a line about ${variable}`).toBeDefined();
    }
    expect(output).toContain('10');
    expect(output).toContain('aks');
    expect(output).not.toContain(SECRET);
    expect(output).not.toMatch(/\n\s+at /u);
  });

  test('says what it needs when nothing is set at all', async () => {
    const { code, output } = await run({});
    expect(code).toBe(2);
    expect(output).toContain('API_KEY');
    expect(output).toContain('API_KEY_FILE');
    expect(output).toContain('API_URL');
  });

  test('that asks the scrub policy for something unknown is told what there is', async () => {
    const { code, output } = await run({ ...GOOD, SCRUB_REENABLE: 'everything' });
    expect(code).toBe(2);
    expect(output).toContain('SCRUB_REENABLE names everything');
    expect(output).toMatch(/the names are: \w+/u);
  });

  test('that holds something that is no key is told so without the key', async () => {
    const file = join(directory, 'key');
    writeFileSync(file, `"${SECRET} "`);
    const { API_KEY: _key, ...rest } = GOOD;
    const { code, output } = await run({ ...rest, API_KEY_FILE: file });
    expect(code).toBe(2);
    expect(output).toContain(file);
    expect(output).not.toContain(SECRET);
  });

  test('outside of a cluster is told about KUBECONFIG', async () => {
    const { API_KEY, API_URL } = GOOD;
    const { code, output } = await run({ API_KEY, API_URL });
    expect(code).toBe(2);
    expect(output).toContain('KUBERNETES_SERVICE_HOST');
    expect(output).toContain('set KUBECONFIG');
  });

  test('whose variables name two providers is told which', async () => {
    await using stage = await startFakeStage();
    const program = startProgram({
      entry: sourceOf(findProgram('agent')),
      name: 'the agent',
      env: {
        ...GOOD,
        ...stage.cluster.agentEnv,
        API_URL: stage.platform.url,
        PROVIDER: 'gke',
        EKS_REGION: 'eu-west-1',
      },
    });
    expect((await program.exit).code).toBe(2);
    const output = program.lines.map(({ text }) => text).join('\n');
    expect(output).toContain('PROVIDER=gke, EKS_REGION');
    expect(output).not.toContain(SECRET);
  });

  test('whose port is taken is told which', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await run({ ...GOOD, ADMIN_PORT: String(port) });
    server.close();
    expect(code).toBe(2);
    expect(output).toContain(String(port));
  });
});

describe('an agent with a doubtful configuration', () => {
  test('starts and warns of variables that look like its own and are none', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent({ env: { API_KEYS: 'x', SCRUB_RENABLE: 'nothing' } });
    const warnings = agent.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings.some((message) => message.includes('API_KEYS'))).toBe(true);
    expect(warnings.some((message) => message.includes('SCRUB_RENABLE'))).toBe(true);
  });
});
