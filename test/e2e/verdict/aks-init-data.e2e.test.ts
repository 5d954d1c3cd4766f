/** The whole of AKS init data with its defaults meets each fault: verdict, readiness, log and doctor tell them apart. */
import { rmSync, writeFileSync } from 'node:fs';
import { makePlatformKeys } from '../../fakes/waagent/platform-keys.ts';
import { FakeWaagent } from '../../fakes/waagent.ts';
import * as common from './common-faults.ts';
import { holdTable } from './hold-table.ts';
import type { Surroundings } from './place.ts';
import type { ProgramFault } from './program-fault.ts';

interface World {
  readonly waagent: FakeWaagent;
}

const NODE_NAME = 'aks-pool1-12345678-vmss000000';

const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: NODE_NAME,
    labels: {
      'kubernetes.azure.com/agentpool': 'pool1',
      'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2containerd-202607.13.0',
      'kubernetes.azure.com/os-sku': 'Ubuntu',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': NODE_NAME,
    },
  },
  status: { nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.33.2' } },
};

const AKS_INIT_DATA: Surroundings<World> = {
  program: 'aks-init-data',
  surround: async ({ cluster, platform, undo }) => {
    const waagent = new FakeWaagent();
    undo(() => waagent[Symbol.dispose]());
    const keys = makePlatformKeys();
    await platform.control.setInitDataKeys({ k1: keys.privateKey });
    cluster.fake.create(structuredClone(NODE));
    const env = { NODE_NAME, WAAGENT_DIR: waagent.root, PLATFORM_KEYS: `k1:${keys.publicKey}` };
    return { world: { waagent }, env };
  },
};

/** What is told of a platform is what came of a delivery: there is one at the start, and then none for a month. */
const FAULTS: readonly ProgramFault<World>[] = [
  // It ends, too, with the next attempt, which comes in ten minutes: nobody waits for that here.
  { title: 'wrong key', ...common.wrongKey, end: undefined, cause: 'api-key', isReady: false },
  { title: 'unreadable key', ...common.unreadableKey, cause: 'api-key', isReady: false },
  { title: 'wrong URL', ...common.wrongUrl, cause: 'platform', isReady: false },
  { title: 'unknown cluster id', ...common.unknownCluster, cause: 'cluster-id', isReady: false },
  { title: 'private CA', ...common.privateCa, cause: 'platform', isReady: false },
  { title: 'clock off (a certificate that is not valid yet)', ...common.clockOff, cause: 'platform', isReady: false },
  { title: 'inspecting proxy or captive portal', ...common.captivePortal, cause: 'platform', isReady: false },
  { title: 'proxy wants credentials (407)', ...common.proxyWantsCredentials, cause: 'platform', isReady: false },
  { title: 'DNS', ...common.unknownHost, cause: 'platform', isReady: false },
  {
    title: 'black hole (nothing answers)',
    ...common.fromTheStart(common.blackHole),
    cause: 'platform',
    isReady: false,
  },
  { title: 'connection refused', ...common.fromTheStart(common.platformRefuses), cause: 'platform', isReady: false },
  {
    title: 'the platform refuses everything',
    ...common.fromTheStart(common.platformOverloaded),
    cause: 'platform',
    isReady: false,
  },
  { title: 'API server hangs', ...common.apiServerHangs, cause: 'api-server', isReady: false },
  { title: 'API server refuses connections', ...common.apiServerRefuses, cause: 'api-server', isReady: false },
  { title: 'API server refuses the token', ...common.tokenRefused, cause: 'api-server', isReady: false },
  { title: 'the node may not be read', ...common.forbidden({ resource: 'nodes' }), cause: 'node', isReady: false },
  {
    title: 'the lease of the pool may not be used',
    ...common.forbidden({ resource: 'leases' }),
    cause: 'records',
    isReady: false,
  },
  {
    title: 'the record of deliveries may not be used',
    ...common.forbidden({ resource: 'configmaps' }),
    cause: 'records',
    isReady: false,
  },
  {
    title: 'the provisioning document is missing',
    before: ({ world: { waagent } }) => {
      rmSync(waagent.ovfEnv);
      return {};
    },
    end: ({ world: { waagent } }) => waagent.writeOvfEnv(),
    cause: 'node-data',
    isReady: false,
  },
  {
    title: 'the key that the settings name is missing',
    before: ({ world: { waagent } }) => {
      rmSync(waagent.keyFile);
      return {};
    },
    end: ({ world: { waagent } }) => waagent.writeKey(),
    cause: 'node-data',
    isReady: false,
  },
  {
    title: 'the settings are not JSON',
    before: ({ world: { waagent } }) => {
      writeFileSync(waagent.settingsFile, 'not JSON');
      return {};
    },
    end: ({ world: { waagent } }) => waagent.writeSettings(waagent.encryptedSettings()),
    cause: 'node-data',
    isReady: false,
  },
];

holdTable(AKS_INIT_DATA, FAULTS);
