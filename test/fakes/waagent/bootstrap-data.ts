import { gzipSync } from 'node:zlib';

/** Forms of bootstrap data that AKS has used; the letters are those of the project's facts. */
export const BOOTSTRAP_SHAPES = [
  'classic',
  'classic-gzip',
  'scriptless-1',
  'scriptless-2',
  'oversized',
  'phase-3',
  'ignition',
] as const;

/** One of the forms. */
export type BootstrapShape = (typeof BOOTSTRAP_SHAPES)[number];

/** The pair that a node is bootstrapped with. */
export interface BootstrapData {
  /** CustomData as it is before base64. */
  readonly customData: Buffer;
  /** The command of the CustomScript extension. */
  readonly command: string;
}

/** Planted secrets: one for each place. */
export interface BootstrapSecrets {
  readonly token: string;
  readonly servicePrincipal: string;
  readonly kubeletKey: string;
}

const PROVISION_WAIT = '/opt/azure/containers/aks-node-controller provision-wait';

/** Bootstrap data of one form, with secrets where that form has them. `padding` is how many characters of filling it gets. */
export function bootstrapData(shape: BootstrapShape, secrets: BootstrapSecrets, padding = 0): BootstrapData {
  const environment = environmentOf(secrets, padding);
  switch (shape) {
    case 'classic':
      return {
        customData: cloudConfig(scripts()),
        command: `${environment} /bin/bash /opt/azure/containers/provision_start.sh`,
      };
    case 'classic-gzip':
      return {
        customData: gzipSync(cloudConfig(scripts())),
        command: `${environment} /bin/bash /opt/azure/containers/provision_start.sh`,
      };
    case 'scriptless-1':
      return {
        customData: cloudConfig([file('/opt/azure/containers/scriptless-cse-overrides.txt', 'ENABLED=true\n')]),
        command: `${environment} /bin/bash /opt/azure/containers/provision_start.sh`,
      };
    case 'scriptless-2':
      return { customData: boothook(environment), command: PROVISION_WAIT };
    case 'oversized': {
      const hook = gzipSync(boothook(environment)).toString('base64');
      return {
        customData: Buffer.from('#cloud-boothook\n#!/bin/bash\n/opt/azure/containers/fetch_provision_config.py\n'),
        command: `echo ${hook} | base64 -d | gunzip | bash; ${PROVISION_WAIT}`,
      };
    }
    case 'phase-3':
      return { customData: multipart(secrets), command: PROVISION_WAIT };
    case 'ignition':
      return { customData: ignition(environment), command: PROVISION_WAIT };
  }
}

function environmentOf({ token, servicePrincipal, kubeletKey }: BootstrapSecrets, padding: number): string {
  const variables = {
    TENANT_ID: '00000000-0000-0000-0000-000000000001',
    SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000002',
    API_SERVER_NAME: 'sample-dns-1234abcd.hcp.westeurope.azmk8s.example',
    SERVICE_PRINCIPAL_CLIENT_ID: 'msi',
    SERVICE_PRINCIPAL_CLIENT_SECRET: servicePrincipal,
    KUBELET_PRIVATE_KEY: kubeletKey,
    TLS_BOOTSTRAP_TOKEN: token,
    KUBELET_FLAGS: '--node-labels=agentpool=pool1',
    FILLING: 'f'.repeat(padding),
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');
}

function cloudConfig(files: readonly string[]): Buffer {
  return Buffer.from(`#cloud-config\nwrite_files:\n${files.join('')}runcmd:\n  - bash /opt/azure/containers/init.sh\n`);
}

function scripts(): string[] {
  return Array.from({ length: 20 }, (_, index) =>
    file(`/opt/azure/containers/script-${index}.sh`, `#!/bin/bash\necho ${index}\n`.repeat(40)),
  );
}

function file(path: string, content: string): string {
  const packed = gzipSync(content).toString('base64');
  return `- path: ${path}\n  permissions: "0744"\n  encoding: gzip\n  owner: root\n  content: !!binary |\n    ${packed}\n`;
}

function boothook(environment: string): Buffer {
  const command = gzipSync(`${environment} aks-node-controller provision\n`).toString('base64');
  return Buffer.from(
    `#cloud-boothook\n#!/bin/bash\nmkdir -p /opt/azure/containers\n` +
      `echo ${command} | base64 -d | gunzip > /opt/azure/containers/aks-node-controller-nbc-cmd.sh\n`,
  );
}

function multipart({ token, servicePrincipal }: BootstrapSecrets): Buffer {
  const config = JSON.stringify({
    version: 'v1',
    bootstrapping: { bootstrapping_auth_method: 1, tls_bootstrapping_token: token },
    auth: { service_principal_secret: servicePrincipal },
  });
  const packed = Buffer.from(config).toString('base64');
  return Buffer.from(
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="==BOUNDARY=="\n\n` +
      `--==BOUNDARY==\nContent-Type: text/cloud-boothook\n\n#cloud-boothook\necho ${packed} | base64 -d > /opt/azure/aks-node-controller-config.json\n` +
      `--==BOUNDARY==\nContent-Type: text/cloud-config\n\n#cloud-config\nruncmd: []\n--==BOUNDARY==--\n`,
  );
}

function ignition(environment: string): Buffer {
  const source = `data:;base64,${Buffer.from(environment).toString('base64')}`;
  const files = [{ path: '/opt/azure/containers/aks-node-controller-nbc-cmd.sh', contents: { source } }];
  return Buffer.from(JSON.stringify({ ignition: { version: '3.4.0' }, storage: { files } }));
}
