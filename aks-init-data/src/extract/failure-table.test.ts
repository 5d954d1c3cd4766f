import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@castai/shared/async/clock.ts';
import { FakeWaagent, type WaagentOptions } from '@castai/test/fakes/waagent.ts';
import { encodeCms } from '@castai/test/fakes/waagent/cms-encoder.ts';
import { describe, expect, it } from 'vitest';
import { DataProblem } from '../read/data-problem.ts';
import { confirmUnchanged, readNodeFiles } from '../read/node-files.ts';
import { extractData } from './extract-data.ts';
import type { DataFacts } from './extract-job.ts';

/** Every row of the failure table in the facts about the Azure agent's folder: the condition, and what is made of it. */
const never = new AbortController().signal;
const clock = { ...systemClock, sleep: async (): Promise<void> => undefined };

interface Result {
  readonly kind: string;
  readonly message: string;
  readonly details: object;
  readonly facts?: DataFacts;
  readonly body?: string;
}

async function extract(
  node: FakeWaagent,
  options: { isCustomDataOptional?: boolean; root?: string } = {},
): Promise<Result> {
  const { isCustomDataOptional = false, root = node.root } = options;
  const output = { kind: 'clear', architecture: 'amd64' } as const;
  try {
    const job = { root, isCustomDataOptional, fingerprintKey: 'AAAA', output };
    const { facts, body } = await extractData(job, { clock }, never);
    return { kind: 'accepted', message: '', details: {}, facts, body: body.toString() };
  } catch (error) {
    if (!(error instanceof DataProblem)) throw error;
    const said = `${error.message}\n${error.hint ?? ''}\n${error.stack ?? ''}\n${JSON.stringify(error.details)}`;
    expect(node.canaries.filter((canary) => said.includes(canary))).toEqual([]);
    return { kind: error.kind, message: error.message, details: error.details };
  }
}

const f = async (
  options: WaagentOptions,
  damage: (node: FakeWaagent) => void,
  expected: Partial<Result>,
): Promise<void> => {
  using node = new FakeWaagent(options);
  damage(node);
  expect(await extract(node)).toMatchObject(expected);
};
const nothing = (): void => undefined;

describe('failure table', () => {
  it('folder missing', async () => {
    using node = new FakeWaagent();
    expect(await extract(node, { root: join(node.root, 'absent') })).toMatchObject({ kind: 'directory-missing' });
  });

  it('ovf-env.xml missing', () => f({}, ({ ovfEnv }) => rmSync(ovfEnv), { kind: 'ovf-env-missing' }));

  it('CustomData absent, or empty', async () => {
    await f({ customData: 'absent' }, nothing, { kind: 'custom-data-absent' });
    await f({ customData: 'empty' }, nothing, { kind: 'custom-data-absent' });
  });

  it('CustomData taken out by whoever wrote the document last', () =>
    f(
      {},
      ({ ovfEnv }) => writeFileSync(ovfEnv, readFileSync(ovfEnv, 'utf8').replace(/(?<=CustomData>)[^<]*/u, 'REDACTED')),
      { kind: 'custom-data-absent', message: expect.stringContaining('taken out') as string },
    ));

  it('CustomData absent, and the settings are wanted all the same', async () => {
    using node = new FakeWaagent({ customData: 'absent' });
    const { facts, body = '' } = await extract(node, { isCustomDataOptional: true });
    expect(facts).toMatchObject({ customDataBytes: 0, shape: 'absent', settingsBytes: node.settings.length });
    expect(JSON.parse(body)).toMatchObject({
      cloudConfigBase64: '',
      protectedSettingsBase64: node.settings.toString('base64'),
    });
  });

  it('no CustomScript extension at all', () =>
    f({}, ({ extension }) => rmSync(extension, { recursive: true }), { kind: 'custom-script-absent' }));

  it('only empty settings', () =>
    f({}, ({ settingsFile }) => writeFileSync(settingsFile, ''), { kind: 'settings-empty' }));

  it('command in public settings', async () => {
    using node = new FakeWaagent({ settings: 'public' });
    const { facts, body = '' } = await extract(node);
    expect(facts).toMatchObject({ settingsSource: 'public', oids: [] });
    expect(JSON.parse(body)).toMatchObject({ protectedSettingsBase64: node.settings.toString('base64') });
  });

  it('a right key over settings without a command, also where the public ones have one', async () => {
    const without = (publicSettings: object) => (node: FakeWaagent) =>
      node.writeSettings({ ...node.encryptedSettings(Buffer.from('{"storageAccountKey":"canary"}')), publicSettings });
    const message = expect.stringContaining('were decrypted, and they hold no command') as string;
    await f({}, without({}), { kind: 'command-absent', message });
    await f({}, without({ commandToExecute: 'canary' }), { kind: 'command-absent', message });
  });

  it('command in neither', () => f({ settings: 'none' }, nothing, { kind: 'command-absent' }));

  it('key missing for the thumbprint: the window of a rotation', async () => {
    using node = new FakeWaagent();
    node.rotateKey({ writeKey: false });
    expect(await extract(node)).toMatchObject({ kind: 'key-missing' });
    node.writeKey();
    expect(await extract(node)).toMatchObject({ kind: 'accepted' });
  });

  it('key unparsable', async () => {
    await f({}, (node) => node.writeKey(node.keyPem.slice(0, 700)), { kind: 'key-unusable' });
    await f({}, (node) => node.writeKey(''), { kind: 'key-unusable' });
  });

  it('CMS cut off, followed by something, of another kind or with another cipher: identifiers and sizes only', async () => {
    const damaged = (change: (cms: Buffer) => Buffer) => (node: FakeWaagent) => {
      const { protectedSettings, thumbprint = '' } = node.encryptedSettings();
      const cms = change(Buffer.from(protectedSettings ?? '', 'base64'));
      node.writeSettings({ protectedSettings: cms.toString('base64'), thumbprint });
    };
    const hex = (from: string, to: string) => (cms: Buffer) =>
      Buffer.from(cms.toString('hex').replace(from, to), 'hex');
    const structure = { kind: 'decryption-failed', details: { stage: 'structure' } };
    await f(
      {},
      damaged((cms) => cms.subarray(0, 300)),
      structure,
    );
    await f(
      {},
      damaged((cms) => Buffer.concat([cms, cms])),
      structure,
    );
    await f({}, damaged(hex('2a864886f70d010703', '2a864886f70d010702')), {
      kind: 'decryption-failed',
      details: { stage: 'algorithm', oids: ['1.2.840.113549.1.7.2'] },
    });
    await f({}, damaged(hex('2a864886f70d0307', '2a864886f70d0302')), {
      kind: 'decryption-failed',
      message: expect.stringMatching(/stage algorithm; \d+ bytes; OIDs .*1\.2\.840\.113549\.3\.2/u) as string,
    });
  });

  it('wrong key: garbage is never taken for settings', async () => {
    using node = new FakeWaagent();
    for (let trial = 0; trial < 40; trial += 1) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
      const cms = encodeCms({ plaintext: node.settings, recipients: [publicKey] }).toString('base64');
      node.writeSettings({ protectedSettings: cms, thumbprint: node.thumbprint });
      expect(await extract(node)).toMatchObject({ kind: 'decryption-failed', details: { stage: 'content' } });
    }
  });

  it('flipped bits of the ciphertext: the first block alone is told by nothing but the content', () =>
    f(
      {},
      (node) => {
        const { protectedSettings, thumbprint = '' } = node.encryptedSettings();
        const cms = Buffer.from(protectedSettings ?? '', 'base64');
        const ciphertextBytes = Math.ceil((node.settings.length + 1) / 8) * 8;
        const first = cms.length - ciphertextBytes;
        cms[first] = (cms[first] ?? 0) ^ 0x55;
        node.writeSettings({ protectedSettings: cms.toString('base64'), thumbprint });
      },
      { kind: 'decryption-failed', details: { stage: 'content' } },
    ));

  it('plaintext above 1 MiB', () =>
    f(
      {},
      (node) => {
        const command = JSON.stringify({ commandToExecute: 'x'.repeat(700_000) });
        // Encrypted it fits into a settings file, so it is the plaintext's own limit and the file's that meet here.
        node.writeSettings(node.encryptedSettings(Buffer.from(command + ' '.repeat(400_000))));
      },
      { kind: 'too-large' },
    ));

  it('a file of 2 GiB, a FIFO, a folder or a link in the place of any file', async () => {
    const places = [
      (node: FakeWaagent) => node.ovfEnv,
      (node: FakeWaagent) => node.settingsFile,
      (node: FakeWaagent) => node.keyFile,
    ];
    for (const place of places) {
      await f({}, (node) => truncateSync(place(node), 2 ** 31), { kind: 'too-large' });
      const instead = (make: (path: string) => void) => (node: FakeWaagent) => {
        rmSync(place(node));
        make(place(node));
      };
      await f(
        {},
        instead((path) => execFileSync('mkfifo', [path])),
        { kind: 'not-a-file' },
      );
      await f(
        {},
        instead((path) => mkdirSync(path)),
        { kind: 'not-a-file' },
      );
      await f(
        {},
        instead((path) => symlinkSync('/etc/hostname', path)),
        { kind: 'not-a-file' },
      );
    }
  });

  it('an extension folder that is a link', () =>
    f(
      {},
      (node) => {
        const moved = join(node.root, 'moved');
        execFileSync('mv', [node.extension, moved]);
        symlinkSync(moved, node.extension);
      },
      { kind: 'not-a-file' },
    ));

  it('a thumbprint that is a path', () =>
    f(
      {},
      (node) => {
        const { protectedSettings = '' } = node.encryptedSettings();
        node.writeSettings({ protectedSettings, thumbprint: '../../../../root/.ssh/id_rsa' });
      },
      { kind: 'settings-malformed' },
    ));

  it('settings that are exchanged while they are decrypted', async () => {
    using node = new FakeWaagent();
    const options = { root: node.root, isCustomDataOptional: false, clock };
    const files = await readNodeFiles(options, never);
    await confirmUnchanged(options, files);
    node.writeSettings(node.encryptedSettings());
    await expect(confirmUnchanged(options, files)).rejects.toMatchObject({ kind: 'settings-changed' });
    node.rotateKey({ writeKey: false });
    await expect(confirmUnchanged(options, files)).rejects.toMatchObject({ kind: 'key-missing' });
  });

  it('settings that are exchanged at any moment of an extraction: it is noticed, also behind the second reading', async () => {
    using node = new FakeWaagent();
    const output = { kind: 'facts' } as const;
    const job = { root: node.root, isCustomDataOptional: false, fingerprintKey: 'AAAA', output };
    const kinds = new Set<string>();
    for (let moment = 0; moment < 150; moment += 1) {
      let writing: Promise<void> | undefined;
      const writeLater = async (): Promise<void> => {
        for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
        node.writeSettings(node.encryptedSettings());
      };
      const sleep = async (): Promise<void> => {
        writing ??= writeLater();
      };
      // Old enough from the start, so that the first pause is the one between the two readings.
      const outcome = extractData(job, { clock: { ...systemClock, sleep }, minAgeMs: 0 }, never);
      kinds.add(
        await outcome.then(
          () => 'accepted',
          (error: unknown) => (error as DataProblem).kind,
        ),
      );
      await writing;
    }
    expect([...kinds].sort()).toEqual(['accepted', 'settings-changed']);
  });
});
