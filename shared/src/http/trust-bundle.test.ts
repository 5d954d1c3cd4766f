import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TestAuthority } from '../../testing/test-authority.ts';
import type { CastaiError } from '../errors.ts';
import { TrustBundle } from './trust-bundle.ts';

describe('trust bundle', () => {
  let authority: TestAuthority;
  let other: TestAuthority;
  const clock = new ManualClock();

  beforeAll(() => {
    authority = new TestAuthority();
    other = new TestAuthority('another');
  });
  afterAll(() => {
    authority[Symbol.dispose]();
    other[Symbol.dispose]();
  });

  it('leaves the default roots to Node when nothing else is trusted', () => {
    expect(new TrustBundle({}, { clock }).current()).toEqual({ version: 1, secureContext: undefined });
  });

  it('refuses to start with a missing file, and says what to do', () => {
    expect(() => new TrustBundle({ caFile: '/nowhere/ca.pem' }, { clock })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_FILE_UNREADABLE',
        message: expect.stringContaining('/nowhere/ca.pem'),
        hint: 'check that the file is mounted and readable for the user of this process',
      }),
    );
  });

  it('refuses to start with a file that holds no certificate', () => {
    const caFile = authority.write('empty.pem', authority.issue({ commonName: 'x' }).keyPem);
    expect(() => new TrustBundle({ caFile }, { clock })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: `the CA file ${caFile} contains no certificate` }),
    );
  });

  it('names the certificate that is broken', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const caFile = authority.write('broken.pem', authority.certPem + broken);
    expect(() => new TrustBundle({ caFile }, { clock })).toThrow(
      `certificate 2 of 2 in the CA file ${caFile} is broken`,
    );
  });

  it('refuses a file that is cut off in a later certificate, and keeps what it had where it was whole before', async () => {
    const [whole, cut] = [authority.certPem + other.certPem, authority.certPem + other.certPem.slice(0, 200)];
    const caFile = authority.write('cut.pem', cut);
    expect(() => new TrustBundle({ caFile }, { clock })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: `the CA file ${caFile} has a certificate without its end`,
      }),
    );
    writeFileSync(caFile, whole);
    const bundle = new TrustBundle({ caFile }, { clock });
    const good = bundle.current();
    writeFileSync(caFile, cut);
    await clock.advance(5_000);
    expect(bundle.current()).toBe(good);
  });

  it('refuses a client certificate whose key belongs to another', () => {
    const [one, two] = [authority.issue({ commonName: 'one' }), authority.issue({ commonName: 'two' })];
    const clientCertificate = { certPem: one.certPem, keyPem: two.keyPem };
    expect(() => new TrustBundle({ clientCertificate }, { clock })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('belong together') }),
    );
  });

  it('follows the file when it changes, and looks at it every five seconds at most', async () => {
    const caFile = authority.write('rotated.pem', authority.certPem);
    const bundle = new TrustBundle({ caFile }, { clock });
    const before = bundle.current();
    writeFileSync(caFile, authority.certPem + other.certPem);

    await clock.advance(4_999);
    expect(bundle.current()).toBe(before);
    await clock.advance(1);
    const after = bundle.current();
    expect(after.version).toBe(2);
    expect(after.secureContext).not.toBe(before.secureContext);

    await clock.advance(5_000);
    expect(bundle.current()).toBe(after);
  });

  it('keeps the last good certificates while the file is missing or broken, and tells once per state', async () => {
    const caFile = authority.write('replaced.pem', authority.certPem);
    const problems: (CastaiError | undefined)[] = [];
    const bundle = new TrustBundle({ caFile }, { clock, onProblem: (error) => problems.push(error) });
    const good = bundle.current();

    rmSync(caFile);
    for (let check = 0; check < 3; check += 1) {
      await clock.advance(5_000);
      expect(bundle.current()).toBe(good);
    }
    writeFileSync(caFile, 'half of a fi');
    await clock.advance(5_000);
    expect(bundle.current()).toBe(good);
    expect(problems.map((problem) => problem?.code)).toEqual(['CONFIG_FILE_UNREADABLE', 'CONFIG_INVALID']);

    writeFileSync(caFile, other.certPem);
    await clock.advance(5_000);
    expect(bundle.current().version).toBe(2);
    // And that all is well again.
    expect(problems.slice(2)).toEqual([undefined]);
    writeFileSync(caFile, authority.certPem + other.certPem);
    await clock.advance(5_000);
    expect([bundle.current().version, problems.length]).toEqual([3, 3]);
  });

  it('reads a file that could not be used again where nothing tells the two apart, and tells of it once', async () => {
    const caFile = authority.write('granted.pem', authority.certPem);
    const problems: (CastaiError | undefined)[] = [];
    const bundle = new TrustBundle({ caFile }, { clock, onProblem: (error) => problems.push(error) });
    // As with a right that is given: inode, size and time stay.
    const time = new Date(1_700_000_000_000);
    writeFileSync(caFile, 'x'.repeat(other.certPem.length));
    utimesSync(caFile, time, time);
    for (let check = 0; check < 3; check += 1) {
      await clock.advance(5_000);
      expect(bundle.current().version).toBe(1);
    }
    writeFileSync(caFile, other.certPem);
    utimesSync(caFile, time, time);
    await clock.advance(5_000);
    expect(bundle.current().version).toBe(2);
    expect(problems.map((problem) => problem?.code)).toEqual(['CONFIG_INVALID', undefined]);
  });

  it('takes a path that leads nowhere for a file that cannot be read, and never throws', async () => {
    const caFile = authority.write('ring.pem', authority.certPem);
    const problems: (CastaiError | undefined)[] = [];
    const bundle = new TrustBundle({ caFile }, { clock, onProblem: (error) => problems.push(error) });
    const good = bundle.current();
    rmSync(caFile);
    symlinkSync('ring.pem', caFile);
    await clock.advance(5_000);
    expect(bundle.current()).toBe(good);
    expect(problems.map((problem) => problem?.code)).toEqual(['CONFIG_FILE_UNREADABLE']);
  });
});
