import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { DataProblem } from './data-problem.ts';
import { decodeBase64 } from './decode-base64.ts';

/** What a settings file holds: a command encrypted for this machine, or one in the clear. */
export type Settings =
  | {
      readonly source: 'protected';
      /** CMS EnvelopedData. */
      readonly cms: Buffer;
      /** SHA-1 of the certificate that it is encrypted for: 40 upper-case hexadecimal digits, so safe in a file name. */
      readonly thumbprint: string;
    }
  | {
      readonly source: 'public';
      /** The public settings as JSON. The caller wipes it. */
      readonly plaintext: Buffer;
    };

/**
 * Parses `<seq>.settings` of the CustomScript extension: `runtimeSettings`, exactly one, of `handlerSettings` with
 * `publicSettings`, `protectedSettings` and `protectedSettingsCertThumbprint`.
 *
 * Throws `DataProblem`: `settings-malformed` for any other shape, `command-absent` when neither part has a command.
 */
export function parseSettings(bytes: Uint8Array): Settings {
  const malformed = (why: string): DataProblem =>
    new DataProblem('settings-malformed', `the extension's settings cannot be used: ${why}`, {
      bytes: bytes.byteLength,
    });
  const value = parseJson(bytes);
  const runtimeSettings: unknown = isRecord(value) ? value['runtimeSettings'] : undefined;
  if (!Array.isArray(runtimeSettings)) throw malformed('they are not JSON with runtimeSettings');
  const entries: readonly unknown[] = runtimeSettings;
  if (entries.length !== 1) throw malformed(`there are ${entries.length} runtimeSettings instead of one`);
  const handlerSettings = isRecord(entries[0]) ? entries[0]['handlerSettings'] : undefined;
  if (!isRecord(handlerSettings)) throw malformed('there are no handlerSettings');
  const { protectedSettings, protectedSettingsCertThumbprint: thumbprint, publicSettings } = handlerSettings;

  if (protectedSettings === null || protectedSettings === undefined || protectedSettings === '') {
    return parsePublic(publicSettings, bytes.byteLength);
  }
  const cms = typeof protectedSettings === 'string' ? decodeBase64(protectedSettings) : undefined;
  if (cms === undefined) throw malformed('the protected settings are not base64');
  if (typeof thumbprint !== 'string' || !/^[\da-f]{40}$/iu.test(thumbprint)) {
    throw malformed('the thumbprint of the certificate is not 40 hexadecimal digits');
  }
  return { source: 'protected', cms, thumbprint: thumbprint.toUpperCase() };
}

function parsePublic(publicSettings: unknown, bytes: number): Settings {
  const command: unknown = isRecord(publicSettings) ? publicSettings['commandToExecute'] : undefined;
  if (typeof command === 'string' && command !== '') {
    return { source: 'public', plaintext: Buffer.from(JSON.stringify(publicSettings)) };
  }
  throw new DataProblem('command-absent', "the extension's settings hold no command", {
    bytes,
    hint: 'this node was not bootstrapped as an AKS node: keep the DaemonSet away from it',
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // V8's message quotes the text.
    return undefined;
  }
}
