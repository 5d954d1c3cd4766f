import { Buffer } from 'node:buffer';
import { decryptSettings, parsePrivateKey } from '../decrypt/decrypt-settings.ts';
import { classifyShape } from '../read/classify-shape.ts';
import {
  confirmUnchanged,
  type NodeFiles,
  readNodeFiles,
  type ReadOptions,
  wipeNodeFiles,
} from '../read/node-files.ts';
import { fingerprintOf } from '../seal/fingerprint.ts';
import { sealDocument } from '../seal/seal-document.ts';
import type { DataFacts, Extracted, ExtractJob, ExtractOutput } from './extract-job.ts';

/** What reading needs besides the job. */
export type ExtractTiming = Pick<ReadOptions, 'clock' | 'settleMs' | 'minAgeMs'>;

/**
 * Read, decrypt, seal: the whole way of the data inside one call, at whose end every buffer that held plaintext or a key is
 * overwritten. Throws `DataProblem`.
 */
export async function extractData(job: ExtractJob, timing: ExtractTiming, signal: AbortSignal): Promise<Extracted> {
  const options = { root: job.root, isCustomDataOptional: job.isCustomDataOptional, ...timing };
  const files = await readNodeFiles(options, signal);
  let settings: Buffer | undefined;
  try {
    const opened = openSettings(files);
    settings = opened.settings;
    await confirmUnchanged(options, files);
    const pair = { customData: files.customData, settings };
    const fingerprint = fingerprintOf(Buffer.from(job.fingerprintKey, 'base64'), pair);
    const facts: DataFacts = {
      fingerprint,
      customDataBytes: files.customData.length,
      settingsBytes: settings.length,
      shape: classifyShape(files.customData),
      settingsSource: files.settings.source,
      extensionVersion: files.extensionVersion,
      sequence: files.sequence,
      oids: opened.oids,
    };
    return { facts, body: bodyOf(job.output, pair, facts) };
  } finally {
    settings?.fill(0);
    wipeNodeFiles(files);
  }
}

function openSettings({ settings, privateKeyPem }: NodeFiles): { settings: Buffer; oids: readonly string[] } {
  if (settings.source === 'public') return { settings: settings.plaintext, oids: [] };
  const { plaintext, oids } = decryptSettings(settings.cms, parsePrivateKey(privateKeyPem ?? Buffer.alloc(0)));
  return { settings: plaintext, oids };
}

interface Pair {
  readonly customData: Buffer;
  readonly settings: Buffer;
}

function bodyOf(output: ExtractOutput, pair: Pair, facts: DataFacts): Buffer {
  switch (output.kind) {
    case 'facts':
      return Buffer.alloc(0);
    case 'clear':
      return documentOf(pair, { architecture: output.architecture });
    case 'sealed': {
      const { context, receipt } = output;
      const { fingerprint, extensionVersion, sequence, shape, settingsSource, customDataBytes, settingsBytes } = facts;
      const ofData = [extensionVersion, sequence, shape, settingsSource, customDataBytes, settingsBytes];
      const document = documentOf(pair, { architecture: context.architecture, receipt });
      try {
        const key = { id: output.keyId, raw: Buffer.from(output.publicKey, 'base64') };
        const told = [...context.told, ...ofData];
        return Buffer.from(JSON.stringify(sealDocument(document, key, { ...context, fingerprint, told })));
      } finally {
        document.fill(0);
      }
    }
  }
}

/** The document of the platform's old call, field for field; a sealed one has its receipt besides. */
function documentOf({ customData, settings }: Pair, rest: { architecture: string; receipt?: string }): Buffer {
  const document = JSON.stringify({
    cloudConfigBase64: customData.toString('base64'),
    protectedSettingsBase64: settings.toString('base64'),
    ...rest,
  });
  const bytes = Buffer.allocUnsafeSlow(document.length);
  bytes.write(document, 'latin1');
  return bytes;
}
