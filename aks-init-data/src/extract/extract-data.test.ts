import { systemClock } from '@castai/shared/async/clock.ts';
import { FakeWaagent, type WaagentOptions } from '@castai/test/fakes/waagent.ts';
import { BOOTSTRAP_SHAPES } from '@castai/test/fakes/waagent/bootstrap-data.ts';
import { CIPHERS, type CipherName, TRANSPORTS } from '@castai/test/fakes/waagent/cms-encoder.ts';
import { OVF_VARIANTS } from '@castai/test/fakes/waagent/ovf-document.ts';
import { describe, expect, it } from 'vitest';
import { extractData } from './extract-data.ts';
import type { DataFacts } from './extract-job.ts';

const never = new AbortController().signal;
const clock = { ...systemClock, sleep: async () => undefined };

/** The document in the clear, as the platform's old call has it. */
async function extract(node: FakeWaagent): Promise<{ facts: DataFacts; document: unknown }> {
  const output = { kind: 'clear', architecture: 'amd64' } as const;
  const job = { root: node.root, isCustomDataOptional: false, fingerprintKey: 'AAAA', output };
  const { facts, body } = await extractData(job, { clock }, never);
  return { facts, document: JSON.parse(body.toString()) as unknown };
}
const expected = (node: FakeWaagent): unknown => ({
  cloudConfigBase64: node.customData.toString('base64'),
  protectedSettingsBase64: node.settings.toString('base64'),
  architecture: 'amd64',
});
const check = async (options: WaagentOptions): Promise<DataFacts> => {
  using node = new FakeWaagent(options);
  const { facts, document } = await extract(node);
  expect(document).toEqual(expected(node));
  return facts;
};

describe('extracting', () => {
  it('gives every form of bootstrap data byte for byte, and its label', async () => {
    const shapes: string[] = [];
    for (const shape of BOOTSTRAP_SHAPES) shapes.push((await check({ shape })).shape);
    expect(shapes).toEqual([
      'cloud-config',
      'gzip',
      'cloud-config',
      'cloud-boothook',
      'cloud-boothook',
      'mime-multipart',
      'ignition',
    ]);
  });

  it('takes a document from every writer', async () => {
    for (const variant of OVF_VARIANTS) await check({ variant });
  });

  it('opens settings of every cipher and key transport', async () => {
    for (const cipher of Object.keys(CIPHERS) as CipherName[]) {
      for (const transport of TRANSPORTS) {
        const { oids } = await check({ cms: { cipher, transport } });
        expect(oids).toContain(CIPHERS[cipher].oid);
      }
    }
  });

  it('tells sizes, versions and where the command came from', async () => {
    using node = new FakeWaagent({ extensionVersion: '2.1.10', sequence: 7 });
    const { facts } = await extract(node);
    expect(facts).toEqual({
      fingerprint: expect.stringMatching(/^[\da-f]{64}$/u) as string,
      customDataBytes: node.customData.length,
      settingsBytes: node.settings.length,
      shape: 'cloud-boothook',
      settingsSource: 'protected',
      extensionVersion: '2.1.10',
      sequence: 7,
      oids: ['1.2.840.113549.1.7.3', '1.2.840.113549.1.7.1', '1.2.840.113549.3.7', '1.2.840.113549.1.1.1'],
    });
  });

  it('takes the fingerprint of the content, not of files: a new certificate changes nothing', async () => {
    using node = new FakeWaagent();
    const before = await extract(node);
    node.rotateKey();
    expect((await extract(node)).facts.fingerprint).toBe(before.facts.fingerprint);
    node.reprovision();
    expect((await extract(node)).facts.fingerprint).not.toBe(before.facts.fingerprint);
  });
});
