/** The whole cluster controller with its defaults meets each fault: verdict, readiness, log and doctor tell them apart. */
import { eventually } from '@castai/shared/testing/eventually.ts';
import * as common from './common-faults.ts';
import { holdTable } from './hold-table.ts';
import type { Surroundings } from './place.ts';
import type { ProgramFault } from './program-fault.ts';

const ELECTION = { LEADER_ELECTION: 'true' };

const CONTROLLER: Surroundings<object> = {
  program: 'cluster-controller',
  surround: async () => ({ world: {}, env: {} }),
};

const FAULTS: readonly ProgramFault<object>[] = [
  { title: 'wrong key', ...common.wrongKey, cause: 'api-key', isReady: true },
  { title: 'revoked key', ...common.revokedKey, cause: 'api-key', isReady: true },
  { title: 'unreadable key', ...common.unreadableKey, cause: 'api-key', isReady: true },
  { title: 'wrong URL', ...common.wrongUrl, cause: 'platform', isReady: true },
  { title: 'unknown cluster id', ...common.unknownCluster, cause: 'cluster-id', isReady: true },
  { title: 'private CA', ...common.privateCa, cause: 'platform', isReady: true },
  { title: 'clock off (a certificate that is not valid yet)', ...common.clockOff, cause: 'platform', isReady: true },
  { title: 'inspecting proxy or captive portal', ...common.captivePortal, cause: 'platform', isReady: true },
  { title: 'proxy wants credentials (407)', ...common.proxyWantsCredentials, cause: 'platform', isReady: true },
  { title: 'DNS', ...common.unknownHost, cause: 'platform', isReady: true },
  { title: 'connection refused', ...common.platformRefuses, cause: 'platform', isReady: true },
  { title: 'the platform refuses everything', ...common.unavailable, cause: 'platform', isReady: true },
  { title: 'API server hangs', ...common.apiServerHangs, cause: 'api-server', isReady: true },
  { title: 'API server refuses connections', ...common.apiServerRefuses, cause: 'api-server', isReady: true },
  { title: 'API server refuses the token', ...common.tokenRefused, cause: 'api-server', isReady: true },
  {
    title: 'records and switch may not be used',
    ...common.forbidden({ resource: 'configmaps' }),
    cause: 'records',
    isReady: true,
  },
  {
    title: 'the lease may not be used',
    before: async ({ ground: { cluster } }) => {
      cluster.fake.access.deny({ resource: 'leases' });
      return ELECTION;
    },
    end: ({ ground: { cluster } }) => cluster.fake.access.allowAll(),
    cause: 'lease',
    isReady: false,
  },
  {
    title: 'nodes may not be changed',
    ...common.forbidden({ resource: 'nodes', verb: 'patch' }),
    cause: '',
    isReady: true,
  },
  {
    title: 'not the leader (a replica that stands by)',
    before: async (place) => {
      await place.startProgram({ ...ELECTION, POD_NAME: 'controller-a' });
      await eventually({
        what: 'it leads',
        look: () =>
          place.ground.cluster.fake.objects('leases.coordination.k8s.io').map(({ spec }) => JSON.stringify(spec)),
        until: (specs) => specs.some((spec) => spec.includes('controller-a')),
      });
      return { ...ELECTION, POD_NAME: 'controller-b' };
    },
    cause: '',
    isReady: true,
  },
];

holdTable(CONTROLLER, FAULTS);
