/** Whatever is written into a file, reading it gives a value or one of our conditions, says nothing of it, and ends. */
import { readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { mutateBytes } from '@castai/shared/testing/mutate-bytes.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { FakeWaagent } from '@castai/test/fakes/waagent.ts';
import { encodeCms } from '@castai/test/fakes/waagent/cms-encoder.ts';
import { expect, it } from 'vitest';
import { BerError, decodeBer } from '../decrypt/ber-decoder.ts';
import { decodeCms } from '../decrypt/cms-decoder.ts';
import { parsePrivateKey } from '../decrypt/decrypt-settings.ts';
import { DataProblem } from '../read/data-problem.ts';
import { parseOvfEnv } from '../read/ovf-env.ts';
import { parseSettings } from '../read/settings-file.ts';

const seed = 20_261_129;

interface Fuzzed {
  readonly parse: (input: Buffer) => unknown;
  readonly sources: readonly Uint8Array[];
  readonly trials: number;
  /** Texts of the sources that no error may hold. */
  readonly canaries: readonly string[];
  readonly headBytes?: number;
}

/** Both come about, or the grammar is so loose or the changes are so coarse that nothing is tried. */
function fuzz({ parse, sources, trials, canaries, headBytes }: Fuzzed): { isOftenRefused: boolean; isTaken: boolean } {
  const random = new SeededRandom(seed);
  const ends = { taken: 0, refused: 0 };
  for (let trial = 0; trial < trials; trial += 1) {
    const input = mutateBytes(random.pick(sources), random, headBytes);
    const where = `seed ${seed}, trial ${trial}`;
    try {
      parse(input);
      ends.taken += 1;
    } catch (error) {
      if (!(error instanceof DataProblem) && !(error instanceof BerError)) throw new Error(where, { cause: error });
      const said = `${error.message}\n${error.stack ?? ''}\n${JSON.stringify(error)}`;
      expect([where, canaries.filter((canary) => said.includes(canary)), error.cause]).toEqual([where, [], undefined]);
      ends.refused += 1;
    }
  }
  return { isOftenRefused: ends.refused > trials / 10, isTaken: ends.taken > 0 };
}

const BOTH = { isOftenRefused: true, isTaken: true };

it('provisioning documents', () => {
  using node = new FakeWaagent();
  const sources = [readFileSync(node.ovfEnv), Buffer.from(node.ovfText('default-namespace'))];
  expect(fuzz({ parse: parseOvfEnv, sources, trials: 1_500, canaries: node.canaries })).toEqual(BOTH);
});

it('settings', () => {
  using node = new FakeWaagent();
  using open = new FakeWaagent({ settings: 'public' });
  const sources = [readFileSync(node.settingsFile), readFileSync(open.settingsFile)];
  const canaries = [...node.canaries, ...open.canaries, 'commandToExecute'];
  expect(fuzz({ parse: parseSettings, sources, trials: 1_500, canaries, headBytes: 200 })).toEqual(BOTH);
});

it('private keys', () => {
  using node = new FakeWaagent();
  const bagged = `Bag Attributes\n    localKeyID: 01 00 00 00\n${node.keyPem}`;
  const sources = [Buffer.from(node.keyPem), Buffer.from(bagged)];
  const canaries = node.keyPem.split('\n').slice(1, -2);
  expect(fuzz({ parse: parsePrivateKey, sources, trials: 300, canaries })).toEqual(BOTH);
});

it('encrypted messages and their encoding', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const plaintext = Buffer.from('{"commandToExecute":"x"}');
  const sources = [
    encodeCms({ plaintext, recipients: [publicKey] }),
    encodeCms({ plaintext, recipients: [publicKey, publicKey], isIndefinite: true, transport: 'sha256' }),
  ];
  for (const parse of [decodeBer, decodeCms]) {
    expect(fuzz({ parse, sources, trials: 2_000, canaries: [], headBytes: 120 })).toEqual(BOTH);
  }
});
