/**
 * `npm run package`: makes `dist/chart/castai-<version>.tgz`, the chart with license and examples, and prints its digest. To publish it,
 * push it to a registry (`helm push`) or put it beside an index.
 *
 * `-- --key <file> --sign-as <name>` also writes its provenance, signed by a key of yours: a keyring in OpenPGP's own (binary) form with
 * the private key, and the name, or a part of it, that the key is of. `--passphrase-file <file>` where it has one.
 * `--repository <URL>` makes links of what its documents name and the package does not have.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCall, refuseCall } from '../read-call.ts';
import { runCommand } from '../run-command.ts';
import { ensureHelm } from '../tools/chart-binaries.ts';
import { stageChart } from './stage-chart.ts';

const USAGE = `npm run package [-- options]

Makes dist/chart/castai-<version>.tgz, the chart with license and examples, and prints its digest.

  --key F              a keyring in OpenPGP's binary form with a private key: also writes the provenance, signed by it
  --sign-as NAME       whose key of it signs
  --passphrase-file F  where the key has a passphrase
  --repository URL     makes links of what the documents name and the package does not have
  --destination F      folder of the package: dist/chart unless told
  --help               this text`;

const text = { type: 'string' } as const;
const options = { key: text, 'sign-as': text, 'passphrase-file': text, repository: text, destination: text };
const { values } = readCall(USAGE, { options });
const { key, 'sign-as': signAs, 'passphrase-file': passphraseFile, repository } = values;
const destination = values.destination ?? join(import.meta.dirname, '../../dist/chart');
if ((key === undefined) !== (signAs === undefined))
  refuseCall(USAGE, '--key and --sign-as belong together: the keyring, and whose key of it signs');
process.exitCode = await makePackage();

async function makePackage(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'castai-chart-'));
  try {
    rmSync(destination, { recursive: true, force: true });
    mkdirSync(destination, { recursive: true });
    const args = ['package', stageChart(folder, repository), '--destination', destination, ...signing()];
    const { code, output } = await runCommand({ program: await ensureHelm(4, console.log), args });
    if (code !== 0) {
      console.error(output.trimEnd());
      return 1;
    }
    for (const name of readdirSync(destination).sort()) {
      const digest = createHash('sha256')
        .update(readFileSync(join(destination, name)))
        .digest('hex');
      console.log(`sha256:${digest}  ${join(destination, name)}`);
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function signing(): string[] {
  if (key === undefined || signAs === undefined) return [];
  const passphrase = passphraseFile === undefined ? [] : ['--passphrase-file', passphraseFile];
  return ['--sign', '--keyring', key, '--key', signAs, ...passphrase];
}
