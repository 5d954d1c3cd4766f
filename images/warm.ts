/**
 * Fills the compile cache of an image: `node warm.ts <command>…` runs the command in the environment that it was started
 * in until it serves, asks it for each of its pages, and stops it; Node then writes the code that V8 compiled meanwhile.
 *
 * It runs inside of an image that is being built, without anything but Node: no imports besides Node's own. Platform, API server
 * and metadata service are an address where nobody listens. Exit code 1 when the program does not start or not end in order.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rootCertificates } from 'node:tls';

const NOBODY = '127.0.0.1:1';
const DEADLINE_MS = 60_000;

const [executable = '', ...args] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'warm-'));
try {
  writeFileSync(join(folder, 'token'), 'warm');
  writeFileSync(join(folder, 'ca.crt'), rootCertificates[0] ?? '');
  await warm();
} finally {
  rmSync(folder, { recursive: true });
}

async function warm(): Promise<void> {
  const child = spawn(executable, args, {
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: undefined, ...environment() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = portIn(line);
    if (port === undefined) continue;
    for (const path of ['healthz', 'readyz', 'metrics', 'statusz', 'statusz?format=json']) {
      await (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
    }
    child.kill('SIGTERM');
  }
  const code = await ended;
  clearTimeout(deadline);
  if (code === 0) return;
  console.error(`the program ended with exit code ${code}: its compile cache is not complete`);
  process.exitCode = 1;
}

/** Everything that any of the programs must be given. */
function environment(): Record<string, string> {
  const [host = '', port = ''] = NOBODY.split(':');
  return {
    API_KEY: 'warm',
    API_URL: `https://${NOBODY}`,
    CLUSTER_ID: 'warm',
    NODE_NAME: 'warm',
    POD_NAMESPACE: 'warm',
    PROVIDER: 'aks',
    IMDS_URL: `http://${NOBODY}`,
    PLATFORM_KEYS: `warm:${Buffer.alloc(32, 9).toString('base64')}`,
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: port,
    SERVICE_ACCOUNT_DIR: folder,
    ADMIN_PORT: '0',
    PORT: '0',
    DATABASE_FILE: ':memory:',
    DRAIN_SECONDS: '1',
  };
}

function portIn(line: string): number | undefined {
  try {
    const { port } = JSON.parse(line) as { port?: unknown };
    return typeof port === 'number' ? port : undefined;
  } catch {
    return undefined;
  }
}
