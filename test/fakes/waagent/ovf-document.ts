/** Who wrote the document last, which decides its prefixes. */
export const OVF_VARIANTS = [
  'cloud-init',
  'default-namespace',
  'wa-prefix',
  'cdata',
  'wrapped',
  'byte-order-mark',
] as const;

/** One of the writers. */
export type OvfVariant = (typeof OVF_VARIANTS)[number];

/** What the document holds besides the fixed parts. */
export interface OvfOptions {
  /** Base64; undefined: no element at all. */
  readonly customData: string | undefined;
  readonly variant: OvfVariant;
  /** Planted in what is never to be sent. */
  readonly userName: string;
  readonly sshKey: string;
}

const OVF = 'http://schemas.dmtf.org/ovf/environment/1';
const WA = 'http://schemas.microsoft.com/windowsazure';

/** A provisioning document. */
export function ovfDocument(options: OvfOptions): string {
  const { variant } = options;
  const [ovf, wa] =
    variant === 'default-namespace' ? ['', 'wa'] : variant === 'wa-prefix' ? ['oe', 'wa'] : ['ns0', 'ns1'];
  const outer = ovf === '' ? '' : `${ovf}:`;
  const declared = ovf === '' ? `xmlns="${OVF}"` : `xmlns:${ovf}="${OVF}"`;
  const text = wrapped(options);
  const element = (name: string, content: string): string => `<${wa}:${name}>${content}</${wa}:${name}>`;
  const set = [
    element('ConfigurationSetType', 'LinuxProvisioningConfiguration'),
    element('HostName', 'aks-pool1-12345678-vmss000000'),
    element('UserName', options.userName),
    element('UserPassword', 'REDACTED'),
    element('SSH', element('PublicKeys', element('PublicKey', element('Value', options.sshKey)))),
    ...(text === undefined ? [] : [element('CustomData', text)]),
  ].join('');
  const provisioning = element('Version', '1.0') + element('LinuxProvisioningConfigurationSet', set);
  const platform = element('Version', '1.0') + element('PlatformSettings', element('ProvisionGuestAgent', 'true'));
  const body = element('ProvisioningSection', provisioning) + element('PlatformSettingsSection', platform);
  const mark = variant === 'byte-order-mark' ? '\ufeff' : '';
  return `${mark}<${outer}Environment ${declared} xmlns:${wa}="${WA}">${body}</${outer}Environment>`;
}

function wrapped({ customData, variant }: OvfOptions): string | undefined {
  if (customData === undefined) return undefined;
  if (variant === 'cdata') return `<![CDATA[${customData}]]>`;
  if (variant === 'wrapped' || variant === 'wa-prefix') return `\r\n  ${customData.replaceAll(/.{76}/gu, '$&\n')}\t`;
  return customData;
}
