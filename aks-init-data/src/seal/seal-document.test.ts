import { openEnvelope, readSealed, type SealedDelivery } from '@castai/platform/init-data/open-envelope.ts';
import { makePlatformKeys } from '@castai/test/fakes/waagent/platform-keys.ts';
import { describe, expect, it } from 'vitest';
import { fingerprintKey, fingerprintOf } from './fingerprint.ts';
import { parsePlatformKeys } from './platform-keys.ts';
import { SCHEMA_VERSION, sealDocument, TOLD } from './seal-document.ts';

const keys = makePlatformKeys();
const [key] = parsePlatformKeys([`k1:${keys.publicKey}`]);
if (key === undefined) throw new Error('no key');
const context = {
  clusterId: 'cluster-1',
  agentPool: 'pool1',
  architecture: 'amd64',
  capturedAt: '2026-08-20T00:00:00.000Z',
  fingerprint: 'ab'.repeat(32),
};
const TOLD_HERE: Readonly<Record<(typeof TOLD)[number], string | number>> = {
  reason: 'startup',
  nodeUid: 'u-1',
  nodeImageVersion: 'image-1',
  osSku: 'Ubuntu',
  kubeletVersion: 'v1.33.2',
  controlPlaneVersion: 'v1.33.3',
  nodeCreatedAt: '2026-08-19T00:00:00.000Z',
  extensionVersion: '2.1.19',
  sequence: 3,
  shape: 'cloud-config',
  settingsSource: 'protected',
  customDataBytes: 10,
  settingsBytes: 20,
};
const document = Buffer.from('{"cloudConfigBase64":""}');
const sealed = (): SealedDelivery => {
  const { clusterId: _clusterId, ...told } = context;
  const envelope = sealDocument(document, key, { ...context, told: TOLD.map((name) => TOLD_HERE[name]) });
  return readSealed({ schemaVersion: SCHEMA_VERSION, ...told, ...TOLD_HERE, envelope });
};

describe('sealed document', () => {
  it('is opened by the platform with its private key', async () => {
    expect(await openEnvelope('cluster-1', sealed(), keys.privateKey)).toEqual(document);
  });

  it('is not opened with anything that is bound to it changed, nor by another key', async () => {
    const refused = async (changes: Partial<SealedDelivery>, clusterId = 'cluster-1', privateKey = keys.privateKey) =>
      expect(openEnvelope(clusterId, { ...sealed(), ...changes }, privateKey)).rejects.toThrow(
        /open|decrypt|operation/iu,
      );
    const { envelope } = sealed();
    await refused({}, 'cluster-2');
    await refused({}, 'cluster-1', makePlatformKeys().privateKey);
    await refused({ agentPool: 'pool2' });
    await refused({ architecture: 'arm64' });
    await refused({ schemaVersion: 4 });
    await refused({ capturedAt: '2026-08-20T00:00:00.001Z' });
    await refused({ fingerprint: 'cd'.repeat(32) });
    for (const name of TOLD) {
      const { told } = sealed();
      await refused({ told: told.with(TOLD.indexOf(name), 'another') });
    }
    await refused({ envelope: { ...envelope, keyId: 'k2' } });
    await refused({ envelope: { ...envelope, ciphertext: sealed().envelope.ciphertext } });
  });
});

describe('trusted keys', () => {
  it('are one or two, of different ids, each 32 bytes', () => {
    const { publicKey } = keys;
    expect(parsePlatformKeys([`k1:${publicKey}`, `k-2.b:${publicKey}`]).map(({ id }) => id)).toEqual(['k1', 'k-2.b']);
    const f = (entries: string[], expected: string): void => expect(() => parsePlatformKeys(entries)).toThrow(expected);
    f([], 'PLATFORM_KEYS is not set');
    f([`a:${publicKey}`, `b:${publicKey}`, `c:${publicKey}`], 'has 3 keys');
    f([`a:${publicKey}`, `a:${publicKey}`], 'has two keys of the same id');
    f([publicKey], 'has the entry');
    f([`a b:${publicKey}`], 'has the entry');
    f(['a:AAAA'], 'has the entry "a:AAAA"');
    f([`a:${publicKey.slice(0, -1)}`], 'has the entry');
    // A point of low order: whoever is in between could compute the secret.
    f([`a:${Buffer.alloc(32).toString('base64')}`], 'has the entry');
  });
});

describe('fingerprint', () => {
  const parts = { customData: Buffer.from('ab'), settings: Buffer.from('c') };

  it('tells contents apart, also where they only meet elsewhere', () => {
    const { key: hmacKey } = fingerprintKey('api-key', 'c-1');
    const first = fingerprintOf(hmacKey, parts);
    expect(first).toMatch(/^[\da-f]{64}$/u);
    expect(fingerprintOf(hmacKey, { customData: Buffer.from('ab'), settings: Buffer.from('c') })).toBe(first);
    expect(fingerprintOf(hmacKey, { customData: Buffer.from('a'), settings: Buffer.from('bc') })).not.toBe(first);
    expect(fingerprintOf(hmacKey, { customData: Buffer.from('abc'), settings: Buffer.alloc(0) })).not.toBe(first);
  });

  it('differs with API key and cluster, and so does the id of its key', () => {
    const all = [fingerprintKey('k', 'c'), fingerprintKey('k2', 'c'), fingerprintKey('k', 'c2')];
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
    expect(new Set(all.map(({ key: hmacKey }) => fingerprintOf(hmacKey, parts))).size).toBe(3);
  });
});
