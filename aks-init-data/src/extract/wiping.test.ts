/** Every buffer that held plaintext or a key is overwritten, whatever an extraction comes to: without any one of the wipes this fails. */
import type * as crypto from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/async/clock.ts';
import { FakeWaagent, type WaagentOptions } from '@castai/test/fakes/waagent.ts';
import { makePlatformKeys } from '@castai/test/fakes/waagent/platform-keys.ts';
import { afterEach, expect, it, vi } from 'vitest';
import { DataProblem } from '../read/data-problem.ts';
import { extractData } from './extract-data.ts';
import type { ExtractOutput } from './extract-job.ts';

/** What OpenSSL gave or was given that is secret. */
const openssl = vi.hoisted(() => {
  const secrets: { what: string; bytes: Uint8Array; wasSecret: boolean }[] = [];
  const note = <T extends Uint8Array | ArrayBuffer>(what: string, given: T): T => {
    const bytes: Uint8Array = given instanceof Uint8Array ? given : new Uint8Array(given);
    secrets.push({ what, bytes, wasSecret: bytes.some((byte) => byte !== 0) });
    return given;
  };
  /** What happens in the moment of decrypting. */
  const moment: { during: (() => void) | undefined } = { during: undefined };
  return { secrets, note, moment };
});

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  const { note, moment } = openssl;
  const privateDecrypt: typeof real.privateDecrypt = (...args) => {
    moment.during?.();
    return note('content key', real.privateDecrypt(...args));
  };
  const diffieHellman = (keys: { privateKey: crypto.KeyObject; publicKey: crypto.KeyObject }): Buffer =>
    note('Diffie-Hellman', real.diffieHellman(keys));
  const hkdfSync = (
    digest: string,
    ikm: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    bytes: number,
  ): ArrayBuffer => {
    const label = Buffer.from(info).toString('latin1');
    const derived = real.hkdfSync(digest, ikm, salt, info, bytes);
    if (label.includes('shared_secret')) {
      note('input of the shared secret', ikm);
      return note('shared secret', derived);
    }
    // Of the nonce nobody learns anything without the key.
    return label.includes('HPKE-v1') && bytes === 32 ? note('key of the envelope', derived) : derived;
  };
  const createDecipheriv = (name: string, key: Uint8Array, iv: Uint8Array) => {
    const decryption = real.createDecipheriv(name, key, iv);
    return {
      update: (data: Uint8Array) => note('plaintext', decryption.update(data)),
      final: () => note('end of the plaintext', decryption.final()),
    };
  };
  return { ...real, privateDecrypt, diffieHellman, hkdfSync, createDecipheriv };
});

/** Buffers of our own that were made while it is switched on. */
const made: Buffer[] = [];
afterEach(() => {
  openssl.moment.during = undefined;
  vi.restoreAllMocks();
});

function watchBuffers(): void {
  const allocUnsafeSlow = Buffer.allocUnsafeSlow.bind(Buffer);
  const from = Buffer.from.bind(Buffer);
  vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => keep(allocUnsafeSlow(size)));
  vi.spyOn(Buffer, 'from').mockImplementation((...args: Parameters<typeof from>) => keep(from(...args)));
}

function keep<B extends Buffer>(buffer: B): B {
  made.push(buffer);
  return buffer;
}

const { publicKey } = makePlatformKeys();
const OUTPUTS: Record<ExtractOutput['kind'], ExtractOutput> = {
  facts: { kind: 'facts' },
  clear: { kind: 'clear', architecture: 'amd64' },
  sealed: {
    kind: 'sealed',
    keyId: 'k1',
    publicKey,
    receipt: 'r',
    context: { clusterId: 'c', agentPool: 'p', architecture: 'amd64', capturedAt: '', told: [] },
  },
};

/** What is left in memory after an extraction, and what it came to. `during`: what happens to the files in its first pause. */
async function leftAfter(
  node: FakeWaagent,
  { output = OUTPUTS.facts, during }: { output?: ExtractOutput; during?: () => void } = {},
): Promise<{ end: string; left: string[]; secrets: string[] }> {
  openssl.secrets.length = 0;
  made.length = 0;
  // Beside the canaries, what every look at the kind of data begins with.
  const marks = [...node.canaries, node.customData.subarray(0, 40), node.settings.subarray(0, 40)];
  let isFirst = true;
  const sleep = async (): Promise<void> => {
    if (isFirst) during?.();
    isFirst = false;
  };
  const job = { root: node.root, isCustomDataOptional: false, fingerprintKey: 'AAAA', output };
  watchBuffers();
  let body: Buffer = Buffer.alloc(0);
  const end = await extractData(
    job,
    { clock: { ...systemClock, sleep }, minAgeMs: 0 },
    new AbortController().signal,
  ).then(
    (extracted) => {
      ({ body } = extracted);
      return 'accepted';
    },
    (error: unknown) => (error instanceof DataProblem ? error.kind : String(error)),
  );
  vi.restoreAllMocks();
  const own = made.filter(({ buffer }) => buffer !== body.buffer);
  const held = marks.filter((mark) => mark.length > 0 && own.some((one) => one.includes(mark))).map(String);
  const unwiped = openssl.secrets.filter(({ bytes }) => bytes.some((byte) => byte !== 0)).map(({ what }) => what);
  const secrets = new Set(openssl.secrets.flatMap(({ what, wasSecret }) => (wasSecret ? [what] : [])));
  return { end, left: [...held, ...unwiped], secrets: [...secrets] };
}

const OPENED = ['content key', 'plaintext', 'end of the plaintext'];
const SEALED = ['Diffie-Hellman', 'input of the shared secret', 'shared secret', 'key of the envelope'];

async function check(
  options: WaagentOptions & { output?: ExtractOutput; during?: (node: FakeWaagent) => void },
  expected: { end: string; secrets: readonly string[] },
): Promise<void> {
  const { output = OUTPUTS.facts, during, ...waagent } = options;
  using node = new FakeWaagent(waagent);
  const after = await leftAfter(node, { output, during: () => during?.(node) });
  expect(after).toEqual({ ...expected, left: [] });
}

it('after an extraction, whatever leaves it', async () => {
  await check({}, { end: 'accepted', secrets: OPENED });
  await check({ output: OUTPUTS.clear }, { end: 'accepted', secrets: OPENED });
  await check({ output: OUTPUTS.sealed }, { end: 'accepted', secrets: [...OPENED, ...SEALED] });
});

it('after one of settings in the clear', () => check({ settings: 'public' }, { end: 'accepted', secrets: [] }));

it('after a reading that was disturbed, and after the next one', async () => {
  const other = (node: FakeWaagent): void =>
    writeFileSync(node.ovfEnv, readFileSync(node.ovfEnv, 'utf8').replace('<ns1:UserName>', '<ns1:UserName>x'));
  await check({ during: other }, { end: 'accepted', secrets: OPENED });
  // A settings file that is another one at the second reading, and cannot be used at the third.
  await check({ during: (node) => node.writeSettings(node.encryptedSettings()) }, { end: 'accepted', secrets: OPENED });
  const malformed = (node: FakeWaagent): void =>
    writeFileSync(node.settingsFile, `{"canary":"${node.canaries[0] ?? ''}"}`);
  await check({ during: malformed }, { end: 'settings-malformed', secrets: [] });
  const toPublic = (node: FakeWaagent): void => node.writeSettings({ publicSettings: { commandToExecute: 'other' } });
  await check({ settings: 'public', during: toPublic }, { end: 'accepted', secrets: [] });
  await check({ during: (node) => rmSync(node.keyFile) }, { end: 'key-missing', secrets: [] });
});

it('after files that were exchanged in the moment of decrypting', async () => {
  using node = new FakeWaagent();
  openssl.moment.during = () => node.writeSettings(node.encryptedSettings());
  expect(await leftAfter(node)).toEqual({ end: 'settings-changed', left: [], secrets: OPENED });
});

it('after settings that are none', async () => {
  const garbage = (text: (node: FakeWaagent) => string) => (node: FakeWaagent) =>
    node.writeSettings(node.encryptedSettings(Buffer.from(text(node))));
  const prepared = async (change: (node: FakeWaagent) => void, end: string, secrets: readonly string[]) => {
    using node = new FakeWaagent();
    change(node);
    expect(await leftAfter(node)).toEqual({ end, left: [], secrets });
  };
  await prepared(
    garbage((node) => `{"storageAccountKey":"${node.canaries[0] ?? ''}"}`),
    'command-absent',
    OPENED,
  );
  await prepared(
    garbage((node) => node.canaries.join(' ')),
    'decryption-failed',
    OPENED,
  );
  await prepared((node) => writeFileSync(node.ovfEnv, 'x'), 'ovf-env-malformed', []);
  await prepared((node) => node.writeKey('x'), 'key-unusable', []);
});

it('after a sealing that failed', async () => {
  using node = new FakeWaagent();
  const output = { ...OUTPUTS.sealed, publicKey: 'AAAA' } as ExtractOutput;
  const { end, left } = await leftAfter(node, { output });
  expect([end.startsWith('accepted'), left]).toEqual([false, []]);
});
