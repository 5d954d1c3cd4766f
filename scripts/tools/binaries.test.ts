import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClusterUnavailable, ensureBinaries } from './binaries.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'castai-binaries-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const ignore = (): void => undefined;

test('KUBEBUILDER_ASSETS wins over building', async () => {
  const etcd = join(directory, 'etcd');
  const kubeApiserver = join(directory, 'kube-apiserver');
  await writeFile(etcd, '', { mode: 0o755 });
  await writeFile(kubeApiserver, '', { mode: 0o755 });
  vi.stubEnv('KUBEBUILDER_ASSETS', directory);
  expect(await ensureBinaries(ignore)).toEqual({ etcd, kubeApiserver });
});

test('KUBEBUILDER_ASSETS without one of the programs is an error that names it', async () => {
  await writeFile(join(directory, 'etcd'), '', { mode: 0o755 });
  vi.stubEnv('KUBEBUILDER_ASSETS', directory);
  await expect(ensureBinaries(ignore)).rejects.toThrow(`${directory}, which has no executable kube-apiserver`);
});

test('without built programs and without Go the cluster is unavailable', async () => {
  vi.stubEnv('KUBEBUILDER_ASSETS', undefined);
  vi.stubEnv('CASTAI_TEST_CACHE', directory);
  vi.stubEnv('PATH', directory);
  const missing = ensureBinaries(ignore);
  await expect(missing).rejects.toBeInstanceOf(ClusterUnavailable);
  await expect(missing).rejects.toThrow('install Go 1.26 or newer, or set KUBEBUILDER_ASSETS');
});

test('the oldest API server of the tests is of the oldest minor that the chart takes', async () => {
  const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8');
  const [, promised] = /^kubeVersion: ">=(1\.\d+)\.0-0"$/mu.exec(await read('../../charts/castai/Chart.yaml')) ?? [];
  const [, pinned] = /^\tk8s\.io\/kubernetes v(1\.\d+)\.\d+\b/mu.exec(await read('apiserver-oldest/go.mod')) ?? [];
  expect([promised, pinned]).toEqual(['1.28', '1.28']);
});
