import { SaxesParser } from 'saxes';
import { DataProblem } from './data-problem.ts';
import { decodeBase64 } from './decode-base64.ts';

const OVF = 'http://schemas.dmtf.org/ovf/environment/1';
const WINDOWS_AZURE = 'http://schemas.microsoft.com/windowsazure';
/** Where CustomData stands, from the root. Prefixes differ by who wrote the file last, so only names and namespaces count. */
const CUSTOM_DATA_PATH = [
  { uri: OVF, local: 'Environment' },
  { uri: WINDOWS_AZURE, local: 'ProvisioningSection' },
  { uri: WINDOWS_AZURE, local: 'LinuxProvisioningConfigurationSet' },
  { uri: WINDOWS_AZURE, local: 'CustomData' },
] as const;
/** What cloud-init puts in the place of secrets. */
const REDACTED = /^REDACTED$/iu;
/** The real document is five deep. */
const MAX_DEPTH = 32;

/**
 * CustomData of a provisioning document (`ovf-env.xml`), decoded; the caller wipes it. Everything else of the document, host
 * name, user and SSH keys among it, is skipped.
 *
 * Throws `DataProblem`: `custom-data-absent` when the element is missing or empty, as after provisioning from the metadata
 * service; `ovf-env-malformed` for everything that is not a complete document of that form. Never quotes the document.
 */
export function parseOvfEnv(bytes: Uint8Array): Buffer {
  const text = findCustomData(decodeText(bytes), bytes.byteLength);
  if (text === undefined || text === '') {
    throw new DataProblem('custom-data-absent', 'the provisioning document has no CustomData', {
      bytes: bytes.byteLength,
      hint: 'the node was provisioned without it: INIT_DATA_WITHOUT_CUSTOM_DATA=true sends the settings alone',
    });
  }
  // Before it is decoded: the word is base64 of six bytes.
  if (REDACTED.test(text)) {
    throw new DataProblem('custom-data-absent', 'the CustomData of the provisioning document was taken out of it', {
      bytes: bytes.byteLength,
      hint: 'some writers of the document do so after provisioning: INIT_DATA_WITHOUT_CUSTOM_DATA=true sends the settings alone',
    });
  }
  const customData = decodeBase64(text);
  if (customData === undefined) throw malformed('its CustomData is not base64', bytes.byteLength);
  return customData;
}

function decodeText(bytes: Uint8Array): string {
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('it is not UTF-8', bytes.byteLength);
  }
}

/** Text of the one CustomData without white space; `undefined` when there is none. */
function findCustomData(xml: string, bytes: number): string | undefined {
  const path: { uri: string; local: string }[] = [];
  let found: string[] | undefined;
  let isInside = false;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', () => {
    throw malformed('it is not well-formed or not complete', bytes);
  });
  parser.on('doctype', () => {
    // Entities are declared there; nothing that writes this file does.
    throw malformed('it has a DOCTYPE', bytes);
  });
  parser.on('opentag', ({ uri, local }) => {
    if (isInside || path.length >= MAX_DEPTH) throw malformed('it is nested where it must not be', bytes);
    path.push({ uri, local });
    if (!isCustomData(path)) return;
    if (found !== undefined) throw malformed('it has CustomData twice', bytes);
    isInside = true;
    found = [];
  });
  parser.on('closetag', () => {
    path.pop();
    isInside = false;
  });
  const collect = (text: string): void => {
    if (isInside) found?.push(text);
  };
  parser.on('text', collect);
  parser.on('cdata', collect);
  parser.write(xml).close();
  return found?.join('').replaceAll(/[\t\n\r ]+/gu, '');
}

function isCustomData(path: readonly { uri: string; local: string }[]): boolean {
  if (path.length !== CUSTOM_DATA_PATH.length) return false;
  return CUSTOM_DATA_PATH.every(({ uri, local }, depth) => path[depth]?.uri === uri && path[depth].local === local);
}

function malformed(why: string, bytes: number): DataProblem {
  return new DataProblem('ovf-env-malformed', `the provisioning document cannot be used: ${why}`, { bytes });
}
