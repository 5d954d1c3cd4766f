import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { expect, test } from 'vitest';
import { InitDataDeliveries } from './init-data-deliveries.ts';
import { ReplayGuard } from './replay-guard.ts';

const NOW = Date.UTC(2026, 7, 20, 12);
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const pair = await suite.kem.generateKeyPair();
const privateKey = Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey)).toString('base64');

const DESCRIPTION = {
  schemaVersion: 3,
  agentPool: 'pool1',
  architecture: 'amd64',
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
  customDataBytes: 1,
  settingsBytes: 1,
  capturedAt: '2026-08-20T11:00:00.000Z',
  fingerprint: 'ab'.repeat(32),
};

/** A delivery as a program on a node makes it. */
async function sealed(
  capturedAt = DESCRIPTION.capturedAt,
  inside: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  const told = { ...DESCRIPTION, capturedAt };
  const { schemaVersion, agentPool, architecture, fingerprint, capturedAt: _capturedAt, ...rest } = told;
  const bound = [schemaVersion, 'k1', 'c1', agentPool, architecture, capturedAt, fingerprint, ...Object.values(rest)];
  const base = { cloudConfigBase64: 'YQ==', protectedSettingsBase64: 'Yg==', architecture, receipt: 'only inside' };
  const document = { ...base, ...inside };
  const { enc, ct } = await suite.seal(
    { recipientPublicKey: pair.publicKey, info: Buffer.from('castai-aks-init-data v2') },
    Buffer.from(JSON.stringify(document)),
    Buffer.from(JSON.stringify(bound)),
  );
  const base64 = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('base64');
  const alg = 'HPKE-Base-X25519-HKDF-SHA256-AES-256-GCM';
  return { ...told, envelope: { keyId: 'k1', alg, enc: base64(enc), ciphertext: base64(ct) } };
}

function deliveries(): InitDataDeliveries {
  const replays = new ReplayGuard({ store: { reports: async () => [] }, now: () => NOW });
  return new InitDataDeliveries(replays, { k1: privateKey });
}

test('the receipt is what only who opened the envelope has', async () => {
  const { answer, report } = await deliveries().take('c1', await sealed(), 'i-1');
  expect(answer).toEqual({ fingerprint: DESCRIPTION.fingerprint, receipt: 'only inside' });
  expect(report).toMatchObject({ agentPool: 'pool1', capturedAt: DESCRIPTION.capturedAt, isRepetition: false });
  expect(JSON.stringify(report)).not.toContain('only inside');
});

test('an envelope that was seen on the way is worth nothing a second time, under whatever key of idempotency', async () => {
  const platform = deliveries();
  const seen = await sealed();
  await platform.take('c1', seen, 'i-1');
  for (const key of ['i-1', 'i-2', '']) {
    await expect(platform.take('c1', seen, key)).rejects.toMatchObject({ status: 409, code: 'NOT_NEWER' });
  }
  expect(platform.deliveries('c1')).toMatchObject([{ times: 1 }]);
  // What its sender makes anew, because the answer was lost, is the same delivery.
  await platform.take('c1', await sealed('2026-08-20T11:00:01.000Z'), 'i-1');
  expect(platform.deliveries('c1')).toMatchObject([{ times: 2 }]);
});

const { schemaVersion: _schemaVersion, ...TOLD_BESIDE } = DESCRIPTION;

test.each(Object.keys(TOLD_BESIDE))('nobody can change %s on the way', async (name) => {
  const delivery = { ...(await sealed()), [name]: 'another' };
  await expect(deliveries().take('c1', delivery, 'i-1')).rejects.toMatchObject({ code: 'UNREADABLE_ENVELOPE' });
});

test.each(Object.keys(TOLD_BESIDE))('nobody can take %s out on the way', async (name) => {
  const { [name]: _taken, ...delivery } = await sealed();
  await expect(deliveries().take('c1', delivery, 'i-1')).rejects.toMatchObject({ code: 'UNREADABLE_ENVELOPE' });
});

test.each(['nodeName', '__proto__', 'receipt'])('nobody can add %s on the way', async (name) => {
  const text = JSON.stringify(await sealed()).replace(/\}$/u, `,"${name}":"x"}`);
  const delivery = JSON.parse(text) as Record<string, unknown>;
  await expect(deliveries().take('c1', delivery, 'i-1')).rejects.toMatchObject({ code: 'UNREADABLE_ENVELOPE' });
});

test.each([2, 4, '3', undefined])(
  'an envelope of another version, such as %s, is told apart',
  async (schemaVersion) => {
    const delivery = { ...(await sealed()), schemaVersion };
    await expect(deliveries().take('c1', delivery, 'i-1')).rejects.toMatchObject({
      status: 422,
      code: 'UNSUPPORTED_VERSION',
      message: 'envelopes of version 3 are opened here: update AKS init data',
    });
  },
);

test('what is inside is not for another architecture than the description says', async () => {
  const delivery = await sealed(DESCRIPTION.capturedAt, { architecture: 'arm64' });
  await expect(deliveries().take('c1', delivery, 'i-1')).rejects.toMatchObject({
    status: 400,
    message: 'architecture is another one inside of the envelope',
  });
});

test('what cannot be opened does not count as seen', async () => {
  const platform = deliveries();
  const good = await sealed();
  await expect(platform.take('c2', good, 'i-1')).rejects.toMatchObject({ status: 400 });
  await platform.take('c1', good, 'i-1');
});
