/** The program as a process: whose rights it needs, what ends it, and what it says then. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { FakeWaagent } from '../../fakes/waagent.ts';
import { startProgram } from '../../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { doctorReport } from '../../stages/doctor-report.ts';
import { InitDataStage, removeFolder } from '../../stages/aks-init-data/init-data-stage.ts';

const NO_CAPABILITIES = ['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];
const isRoot = process.getuid?.() === 0;

/** A folder bound read-only, as the pod mounts it; undefined where this machine does not let us. */
function mountReadOnly(source: string): { path: string; unmount: () => void } | undefined {
  const path = mkdtempSync(join(tmpdir(), 'castai-mount-'));
  const run = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
  const unmount = (): void => {
    spawnSync('umount', [path], { stdio: 'ignore' });
    removeFolder(path);
  };
  if (run('--bind', source, path) && run('-o', 'remount,bind,ro', path)) return { path, unmount };
  unmount();
  return undefined;
}

describe('rights', () => {
  test.runIf(isRoot)('uid 0 without a single capability reads a read-only folder of root and delivers', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    // Owned by root, readable for nobody else, the settings as open as the agent leaves them.
    chmodSync(node.root, 0o700);
    const mount = mountReadOnly(node.root);
    if (mount === undefined)
      console.warn('this machine allows no bind mount: the folder itself is read, not read-only');
    try {
      await stage.putNode('node-1');
      await using program = await stage.startProgram({
        nodeName: 'node-1',
        waagentDir: mount?.path ?? node.root,
        launcher: NO_CAPABILITIES,
      });
      await stage.ready(program);
      expect(await stage.deliveries(1)).toMatchObject([
        { protectedSettingsBase64: node.settings.toString('base64'), times: 1 },
      ]);
      const capabilities = spawnSync('grep', ['^Cap', `/proc/${program.process.pid}/status`], {
        encoding: 'utf8',
      }).stdout;
      expect(capabilities.match(/0{16}/gu)).toHaveLength(5);
      await program.process.stop();
    } finally {
      mount?.unmount();
    }
  });

  test.runIf(isRoot)('another user gets a configuration error that names owner and mode, and ends with 2', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    chownSync(node.root, 0, 0);
    await stage.putNode('node-1');
    await using program = await stage.startProgram({
      nodeName: 'node-1',
      waagentDir: node.root,
      env: { SERVICE_ACCOUNT_DIR: stage.worldReadableServiceAccount() },
      launcher: ['setpriv', '--reuid=65532', '--regid=65532', '--clear-groups', '--no-new-privs'],
    });
    expect(await program.process.exit).toEqual({ code: 2, signal: null });
    const output = program.process.lines.map(({ text }) => text).join('\n');
    expect(output).toMatch(/cannot be read \(EACCES; owner 0:0, mode 0700\)/u);
    expect(output).toContain('run as uid 0 without capabilities');
  });
});

describe('configuration', () => {
  const exitOf = async (env: Record<string, string>): Promise<{ code: number | null; output: string }> => {
    await using program = startProgram({
      entry: sourceOf(findProgram('aks-init-data')),
      name: 'aks-init-data',
      env: {
        API_KEY: 'x',
        API_URL: 'https://api.example.com',
        CLUSTER_ID: 'c',
        NODE_NAME: 'n',
        POD_NAMESPACE: 'castai-agent',
        PLATFORM_KEYS: `k1:${Buffer.alloc(32, 9).toString('base64')}`,
        ADMIN_PORT: '0',
        ...env,
      },
    });
    const { code } = await program.exit;
    return { code, output: program.lines.map(({ text }) => text).join('\n') };
  };

  test('that cannot work ends the program with 2 and says what to do', async () => {
    const f = async (env: Record<string, string>, expected: string): Promise<void> => {
      const { code, output } = await exitOf(env);
      expect(code).toBe(2);
      expect(output).toContain(expected);
    };
    await f({ PLATFORM_KEYS: '' }, 'PLATFORM_KEYS is not set');
    await f({ PLATFORM_KEYS: 'k1:AAAA' }, 'a key is id:base64 of the 32 bytes of an X25519 public key');
    await f({ PLATFORM_KEYS: 'a:x,b:y,c:z' }, 'PLATFORM_KEYS has');
    await f({ API_URL: 'http://api.example.com' }, 'is not encrypted');
    await f({ INIT_DATA_FORMAT: 'clear' }, 'sealed, cleartext-compatibility');
    await f({ CLUSTER_ID: '', NODE_NAME: '' }, 'NODE_NAME is not set');
    await f({}, 'KUBERNETES_SERVICE_HOST');
  });

  test('naming a folder that is not there ends the program on a node of AKS', async () => {
    await using stage = await InitDataStage.start();
    await stage.putNode('node-1');
    await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir: '/absent/waagent' });
    expect(await program.process.exit).toEqual({ code: 2, signal: null });
    expect(program.process.lines.map(({ text }) => text).join('\n')).toContain('/absent/waagent does not exist');
  });
});

describe('conditions of the data', () => {
  test('never end the program: it runs, is not ready, and says why', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    rmSync(node.ovfEnv);
    await stage.putNode('node-1');
    await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir: node.root });
    const says = async (text: string): Promise<void> => {
      await eventually({
        what: `it says ${text}`,
        look: () => program.readiness(),
        until: (answer) => !answer.ready && answer.text.includes(text),
      });
    };
    await says('data: ovf-env-missing');
    expect(await program.status()).toContain('ovf-env-missing');
    const problems = (await program.metrics()).filter(({ name }) => name === 'castai_aks_init_data_data_problem');
    expect(problems.filter(({ value }) => value === 1)).toMatchObject([{ labels: 'reason="ovf-env-missing"' }]);
    node.writeOvfEnv();
    await stage.ready(program);
    expect(await stage.deliveries(1)).toHaveLength(1);
    expect(await program.process.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('the doctor', () => {
  test('tells what is well on a node, and what is in the way', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    await stage.putNode('node-1');
    const examine = async (waagentDir: string, env: Readonly<Record<string, string>> = {}) => {
      await using program = stage.startCommand({
        nodeName: 'node-1',
        waagentDir,
        env,
        args: ['doctor', '--json'],
      });
      const { code, findings } = await doctorReport(program);
      return { code, found: Object.fromEntries(findings.map(({ id, severity }) => [id, severity])) };
    };
    const ofCluster = { 'api-server': 'ok', node: 'ok', records: 'ok', clock: 'ok' };
    const well = { config: 'ok', 'node-data': 'ok', ...ofCluster, platform: 'ok', 'api-key': 'ok' };
    expect(await examine(node.root)).toEqual({ code: 0, found: well });
    const away = { ...well, 'node-data': 'problem', platform: 'problem', 'api-key': 'skipped' };
    expect(await examine('/absent/waagent', { API_URL: 'http://127.0.0.1:1' })).toEqual({ code: 2, found: away });
  });
});
