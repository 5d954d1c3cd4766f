import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackTar } from 'modern-tar';
import { afterAll, afterEach, expect, it } from 'vitest';
import { systemClock } from '../async/clock.ts';
import { COMMON_OPTIONS } from '../config/common-options.ts';
import { startAdminServer } from '../http/admin-server.ts';
import { HealthChecks } from '../http/health.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { createLogger } from '../log/logger.ts';
import { createRegistry } from '../metrics/create-registry.ts';
import { createDoctorCommand } from './doctor-command.ts';
import { trouble } from './finding.ts';
import { createSupportBundleCommand } from './support-bundle-command.ts';

const KEY = 'canary-key-0001';
const FILE_KEY = 'canary-key-0002';
const PASSWORD = 'canary-pass-0003';
const QUOTED = `the key ${KEY} is not ${FILE_KEY}, says ${PASSWORD}`;

const folder = mkdtempSync(join(tmpdir(), 'castai-bundle-'));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that quotes secrets which it does not know, wherever it can. */
async function startProgram(): Promise<number> {
  const clock = systemClock;
  const registry = createRegistry({ program: 'castai-program', version: '1.2.3', clock });
  registry.gauge({ name: 'castai_program_x', help: QUOTED }).set(1);
  const server = await startAdminServer({
    port: 0,
    host: '127.0.0.1',
    health: new HealthChecks({ platform: () => QUOTED }),
    registry,
    status: () => ({
      program: 'castai-program',
      version: '1.2.3',
      startedAt: '',
      sections: [{ title: 'A', rows: { b: QUOTED } }],
    }),
    secrets: new KnownSecrets(),
    logger: createLogger({ level: 'silent', name: 'castai-program', clock }),
    recentLog: { text: `${JSON.stringify({ message: QUOTED })}\n` },
    clock,
  });
  closing.push(() => server.close());
  return server.port;
}

const doctor = createDoctorCommand({
  summary: 'Checks.',
  diagnose: (_context, tell) => {
    tell([trouble('api-key', { severity: 'problem', detail: QUOTED, cure: 'make another' })]);
    return Promise.resolve();
  },
});

async function bundle(adminPort: number, isTerminal = false) {
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, `${FILE_KEY}\n`);
  const chunks: Uint8Array[] = [];
  let noted = '';
  const stdout = {
    write: (data: string | Uint8Array, done?: (error?: Error | null) => void) => {
      chunks.push(Buffer.from(data));
      done?.();
      return true;
    },
    on: () => undefined,
  };
  const { apiKey, caFile, logLevel } = COMMON_OPTIONS;
  const context = {
    program: 'castai-program',
    version: '1.2.3',
    options: {
      apiKey,
      caFile,
      logLevel,
      otherKey: { kind: 'secret', variable: 'OTHER_KEY', meaning: '' },
      apiUrl: { kind: 'url', variable: 'API_URL', meaning: '' },
      adminPort: { kind: 'integer', variable: 'ADMIN_PORT', default: '9877', min: 0, max: 65_535, meaning: '' },
    } as const,
    environment: {
      API_KEY: KEY,
      OTHER_KEY_FILE: keyFile,
      API_URL: `https://user:${PASSWORD}@platform.example`,
      HTTPS_PROXY: `http://user:${PASSWORD}@proxy.example`,
      SOMEBODY_ELSES: 'business',
      ADMIN_PORT: String(adminPort),
    },
    flags: {},
    clock: systemClock,
    secrets: new KnownSecrets(),
    write: () => undefined,
    note: (text: string) => (noted += text),
    stdout,
    stderr: stdout,
    terminal: () => ({ isTerminal, columns: undefined, hasColour: false }),
  };
  const code = await createSupportBundleCommand(doctor).run(context, new AbortController().signal);
  const entries = await unpackTar(Buffer.concat(chunks));
  const files = new Map(
    entries.map(({ header, data }) => [
      header.name.replace('castai-program-support/', ''),
      new TextDecoder().decode(data),
    ]),
  );
  return { code, files, noted };
}

it('holds what somebody who is to help has to know, and no secret, whoever quoted it', async () => {
  const { code, files, noted } = await bundle(await startProgram());
  expect([code, noted]).toEqual([0, '']);
  expect([...files.keys()].toSorted()).toEqual([
    'about.json',
    'config.json',
    'doctor.json',
    'log.ndjson',
    'metrics.txt',
    'readyz.json',
    'status.txt',
    'statusz.json',
  ]);
  for (const [name, text] of files) expect([name, text.includes('canary')]).toEqual([name, false]);
  for (const name of ['doctor.json', 'log.ndjson', 'metrics.txt', 'readyz.json', 'status.txt', 'statusz.json']) {
    expect([name, files.get(name)?.includes('the key [secret] is not [secret], says [secret]')]).toEqual([name, true]);
  }
  expect(JSON.parse(files.get('config.json') ?? '')).toEqual([
    { variable: 'API_KEY', value: '[secret]', default: '' },
    { variable: 'API_KEY_FILE', value: '', default: '' },
    { variable: 'TLS_CA_CERT_FILE', value: '', default: '' },
    { variable: 'LOG_LEVEL', value: '', default: 'info' },
    { variable: 'OTHER_KEY', value: '', default: '' },
    { variable: 'OTHER_KEY_FILE', value: join(folder, 'key'), default: '' },
    { variable: 'API_URL', value: 'https://[secret]@platform.example', default: '' },
    { variable: 'ADMIN_PORT', value: expect.stringMatching(/^\d+$/u) as unknown, default: '9877' },
  ]);
});

it('names what could not be had where the program does not run, and has the rest', async () => {
  const { code, files, noted } = await bundle(1);
  expect(code).toBe(1);
  expect([...files.keys()].toSorted()).toEqual(['about.json', 'config.json', 'doctor.json', 'missing.txt']);
  expect(files.get('missing.txt')).toBe(noted);
  expect(noted).toContain('log.ndjson: /logz: connect ECONNREFUSED 127.0.0.1:1\n');
});

it('is not written to a terminal', async () => {
  await expect(bundle(1, true)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    hint: expect.stringContaining('>') as unknown,
  });
});
