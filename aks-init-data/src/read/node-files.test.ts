import { chmodSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/async/clock.ts';
import { FakeWaagent } from '@castai/test/fakes/waagent.ts';
import { RestlessWriter, type RewrittenFile } from '@castai/test/fakes/waagent/restless-writer.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { DataProblem } from './data-problem.ts';
import { type NodeFiles, readNodeFiles, type ReadOptions, wipeNodeFiles } from './node-files.ts';

const never = new AbortController().signal;
/** Without pauses: every rule but time. */
const HASTY = { isCustomDataOptional: false, settleMs: 0, minAgeMs: 0, attempts: 1, clock: systemClock } as const;
const instant = { ...systemClock, sleep: async (): Promise<void> => undefined };

const read = async (node: FakeWaagent, options: Partial<ReadOptions> = {}): Promise<NodeFiles> =>
  readNodeFiles({ root: node.root, ...HASTY, clock: instant, ...options }, never);
const kindOf = async (node: FakeWaagent, options: Partial<ReadOptions> = {}): Promise<string> => {
  try {
    await read(node, options);
  } catch (error) {
    if (error instanceof DataProblem) return error.kind;
    throw error;
  }
  return 'accepted';
};

/** Rewrites both files with two contents in turn; gives every combination that is whole. */
function rewriteBoth(node: FakeWaagent): { files: RewrittenFile[]; isWhole: (files: NodeFiles) => boolean } {
  const [ovf, settings] = [readFileSync(node.ovfEnv, 'utf8'), readFileSync(node.settingsFile, 'utf8')];
  const known = new Set([node.customData.toString('base64')]);
  // Of equal length, so that neither size nor structure tells a mixture: only the content does.
  const shifted = node.customData.map((byte) => byte ^ 1);
  const other = Buffer.from(shifted).toString('base64');
  known.add(other);
  chmodSync(node.ovfEnv, 0o600);
  const cms = readCms(settings);
  const otherCms = Buffer.from(cms.map((byte, index) => (index > cms.length / 2 ? byte ^ 1 : byte)));
  const settingsTexts = [settings, settings.replace(cms.toString('base64'), otherCms.toString('base64'))];
  const knownCms = new Set([cms.toString('base64'), otherCms.toString('base64')]);
  return {
    files: [
      { path: node.ovfEnv, texts: [ovf, ovf.replace(node.customData.toString('base64'), other)] },
      { path: node.settingsFile, texts: settingsTexts },
    ],
    isWhole: ({ customData, settings: found }) =>
      known.has(customData.toString('base64')) &&
      found.source === 'protected' &&
      knownCms.has(found.cms.toString('base64')),
  };
}

function readCms(text: string): Buffer {
  const match = /"protectedSettings":"([^"]+)"/u.exec(text);
  return Buffer.from(match?.[1] ?? '', 'base64');
}

describe('reading a node', () => {
  it('gives CustomData, encrypted settings and the key that they name', async () => {
    using node = new FakeWaagent({ sequence: 4, extensionVersion: '2.1.10' });
    const files = await read(node);
    expect(files).toMatchObject({ extensionVersion: '2.1.10', sequence: 4 });
    expect(files.customData.equals(node.customData)).toBe(true);
    expect(files.privateKeyPem?.toString()).toContain(node.keyPem);
  });

  it('accepts nothing torn in 10,000 readings under a writer that never rests', async () => {
    using node = new FakeWaagent({ shape: 'oversized', padding: 60_000 });
    const { files, isWhole } = rewriteBoth(node);
    const counts = { accepted: 0, torn: 0, refused: 0, nakedTorn: 0 };
    await using writer = new RestlessWriter(files);
    // At least so many, and until the writer has had its share of a machine that may be busy.
    const isEnough = (): boolean => counts.nakedTorn > 5_000 && counts.refused > 5_000 && writer.rounds > 100;
    for (let trial = 0; trial < 10_000 || !isEnough(); trial += 1) {
      try {
        const found = await readNodeFiles({ root: node.root, ...HASTY }, never);
        counts.accepted += 1;
        if (!isWhole(found)) counts.torn += 1;
      } catch (error) {
        if (!(error instanceof DataProblem)) throw error;
        counts.refused += 1;
      }
      if (!files[1]?.texts.includes(readFileSync(node.settingsFile, 'utf8'))) counts.nakedTorn += 1;
    }
    // The writer is one that readings without these rules do not survive.
    expect(isEnough()).toBe(true);
    expect(counts.torn).toBe(0);
  }, 300_000);

  it('accepts whole readings only while a writer leaves moments between its rounds', async () => {
    using node = new FakeWaagent({ shape: 'classic', padding: 20_000 });
    const { files, isWhole } = rewriteBoth(node);
    const counts = { accepted: 0, torn: 0 };
    await using writer = new RestlessWriter(files, 20);
    while (counts.accepted < 300 || writer.rounds <= 10) {
      const found = await readNodeFiles({ root: node.root, ...HASTY, settleMs: 1 }, never).catch(() => undefined);
      if (found === undefined) continue;
      counts.accepted += 1;
      if (!isWhole(found)) counts.torn += 1;
    }
    expect(counts.torn).toBe(0);
  }, 300_000);

  it('waits until a file has been left alone for two seconds, and for half a second more', async () => {
    using node = new FakeWaagent();
    const clock = new ManualClock(Date.now());
    const writtenAt = clock.now() / 1000 - 0.5;
    utimesSync(node.settingsFile, writtenAt, writtenAt);
    const waits: number[] = [];
    const watching = {
      now: () => clock.now(),
      sleep: async (ms: number): Promise<void> => {
        waits.push(Math.round(ms));
      },
    };
    await readNodeFiles({ root: node.root, isCustomDataOptional: false, clock: watching }, never);
    expect(waits).toEqual([1500, 500]);
  });

  it('does not wait for ever for a file from the future: the clock was set back', async () => {
    using node = new FakeWaagent();
    const later = Date.now() / 1000 + 86_400;
    utimesSync(node.settingsFile, later, later);
    const waits: number[] = [];
    const clock = {
      ...systemClock,
      sleep: async (ms: number): Promise<void> => {
        waits.push(ms);
      },
    };
    await readNodeFiles({ root: node.root, isCustomDataOptional: false, clock }, never);
    expect(waits).toEqual([500]);
  });

  it('believes nothing that changes between its two readings', async () => {
    using node = new FakeWaagent();
    let readings = 0;
    const clock = {
      ...systemClock,
      sleep: async (): Promise<void> => {
        readings += 1;
        node.writeSettings(node.encryptedSettings());
      },
    };
    expect(await kindOf(node, { clock, attempts: 3 })).toBe('unstable');
    expect(readings).toBeGreaterThan(2);
  });

  it('finds the settings that count among versions, states and emptied files', async () => {
    using node = new FakeWaagent({ extensionVersion: '2.1.10', sequence: 3 });
    const config = readFileSync(node.settingsFile, 'utf8');
    node.addExtension('2.1.6', 'Enabled', { '9.settings': config });
    node.addExtension('2.1.20', 'FailedUpgrade', { '12.settings': config });
    node.addExtension('2.1.19', 'Installed', { '0.settings': '' });
    expect(await read(node)).toMatchObject({ extensionVersion: '2.1.10', sequence: 3 });
    // Emptied, as by the extension in the middle of its upgrade: the next enabled version counts.
    writeFileSync(node.settingsFile, '');
    expect(await read(node)).toMatchObject({ extensionVersion: '2.1.6', sequence: 9 });
  });

  it('is overwritten as a whole by whoever has it: CustomData, key, and settings in the clear', async () => {
    for (const settings of ['protected', 'public'] as const) {
      using node = new FakeWaagent({ settings });
      const files = await read(node);
      const { customData, privateKeyPem, settings: found } = files;
      const secrets = [customData, privateKeyPem, found.source === 'public' ? found.plaintext : undefined];
      const left = (): number[] => secrets.flatMap((bytes) => (bytes === undefined ? [] : [Math.max(...bytes)]));
      expect(left().every((most) => most > 0)).toBe(true);
      wipeNodeFiles(files);
      expect([settings, left()]).toEqual([settings, [0, 0]]);
    }
  });

  it('takes the sequence number that the extension processed, not the first or the highest', async () => {
    using node = new FakeWaagent({ sequence: 2 });
    const config = readFileSync(node.settingsFile, 'utf8');
    node.addExtension('2.1.19', 'Enabled', { '10.settings': config, '0.settings': '' });
    expect(await read(node)).toMatchObject({ sequence: 2 });
  });

  it('does not take another key when the one that is named is missing', async () => {
    using node = new FakeWaagent();
    rmSync(node.keyFile);
    expect(await kindOf(node)).toBe('key-missing');
  });
});
