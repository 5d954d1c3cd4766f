import { ovfDocument, OVF_VARIANTS, type OvfVariant } from '@castai/test/fakes/waagent/ovf-document.ts';
import { describe, expect, it } from 'vitest';
import { DataProblem } from './data-problem.ts';
import { parseOvfEnv } from './ovf-env.ts';

const CONTENT = Buffer.from(`#cloud-config\n${'canary-of-the-document '.repeat(40)}`);
const document = (
  variant: OvfVariant = 'cloud-init',
  customData: string | undefined = CONTENT.toString('base64'),
): string => ovfDocument({ variant, customData, userName: 'azureuser', sshKey: 'ssh-rsa AAAA' });
const kindOf = (text: string | Uint8Array): string => {
  try {
    parseOvfEnv(typeof text === 'string' ? Buffer.from(text) : text);
  } catch (error) {
    if (!(error instanceof DataProblem)) throw error;
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/canary|azureuser|cloud-config/u);
    return error.kind;
  }
  return 'accepted';
};

describe('provisioning document', () => {
  it('gives CustomData whoever wrote it last', () => {
    for (const variant of OVF_VARIANTS)
      expect([variant, parseOvfEnv(Buffer.from(document(variant)))]).toEqual([variant, CONTENT]);
  });

  it('counts namespaces and names, not prefixes', () => {
    const f = (from: string | RegExp, to: string, expected: string): void =>
      expect([to, kindOf(document().replaceAll(from, to))]).toEqual([to, expected]);
    f('http://schemas.microsoft.com/windowsazure', 'http://schemas.microsoft.com/other', 'custom-data-absent');
    f('http://schemas.dmtf.org/ovf/environment/1', 'http://schemas.dmtf.org/ovf/environment/2', 'custom-data-absent');
    f('ns1:LinuxProvisioningConfigurationSet', 'ns1:WindowsProvisioningConfigurationSet', 'custom-data-absent');
    f(/ns1:/gu, 'ns0:', 'custom-data-absent');
  });

  it('is taken with another prefix for the same namespace', () => {
    const text = document().replaceAll('ns1:', 'x:').replace('xmlns:ns1', 'xmlns:x');
    expect(parseOvfEnv(Buffer.from(text))).toEqual(CONTENT);
  });

  it('without CustomData, or with an empty one, says so', () => {
    expect(kindOf(document('cloud-init', ''))).toBe('custom-data-absent');
    const absent = ovfDocument({ variant: 'cloud-init', customData: undefined, userName: 'azureuser', sshKey: '' });
    expect(kindOf(absent)).toBe('custom-data-absent');
    expect(kindOf(document('wrapped', ' \n '))).toBe('custom-data-absent');
    // Cloud-init's word for what it takes out, and base64 at that.
    for (const word of ['REDACTED', ' redacted\n']) {
      expect([word, kindOf(document('cloud-init', word))]).toEqual([word, 'custom-data-absent']);
    }
    expect(parseOvfEnv(Buffer.from(document('cloud-init', 'REDACTEDREDACTED'))).length).toBe(12);
  });

  it('is refused when it is cut off anywhere', () => {
    const whole = Buffer.from(document());
    const accepted: number[] = [];
    for (let length = 0; length < whole.length; length += 1) {
      if (kindOf(whole.subarray(0, length)) === 'accepted') accepted.push(length);
    }
    expect(accepted).toEqual([]);
  });

  it('is refused with a DOCTYPE, unknown entities, two CustomData, elements inside, too much depth, or not in UTF-8', () => {
    const f = (text: string | Uint8Array): void => expect(kindOf(text)).toBe('ovf-env-malformed');
    f(`<!DOCTYPE Environment [<!ENTITY a "b">]>${document()}`);
    f(document('cloud-init', '&xxe;'));
    f(document().replace('</ns1:LinuxProvisioningConfigurationSet>', '<ns1:CustomData>QQ==</ns1:CustomData>$&'));
    f(document('cloud-init', '<ns1:b>QQ==</ns1:b>'));
    f(`${'<a>'.repeat(40)}${'</a>'.repeat(40)}`);
    f(
      Buffer.concat([
        Buffer.from(document().slice(0, 200)),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(document().slice(200)),
      ]),
    );
    f(Buffer.from(document(), 'utf16le'));
    f('');
    f('not XML');
    f(`${document()}trailing`);
  });

  it('takes strict base64 only', () => {
    const f = (customData: string): void =>
      expect(kindOf(document('cloud-init', customData))).toBe('ovf-env-malformed');
    f('QQ');
    f('QQ=');
    f('QQ==QQ==');
    f('Q===');
    f('QR==');
    f('QUJ=');
    f('****');
    f('QUJD-_');
    expect(parseOvfEnv(Buffer.from(document('cloud-init', 'QUJDRA==')))).toEqual(Buffer.from('ABCD'));
  });
});
