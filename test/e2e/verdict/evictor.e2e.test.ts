/** The whole evictor with its defaults, reporting to a platform, meets each fault: verdict, readiness, log and doctor tell them apart. */
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { StagedProgram } from '../../stages/staged-program.ts';
import * as common from './common-faults.ts';
import { holdTable } from './hold-table.ts';
import type { Place, Surroundings } from './place.ts';
import type { ProgramFault } from './program-fault.ts';

const ELECTION = { LEADER_ELECTION: 'true' };

const EVICTOR: Surroundings<object> = {
  program: 'evictor',
  surround: async () => ({ world: {}, env: {} }),
};

const FAULTS: readonly ProgramFault<object>[] = [
  { title: 'wrong key', ...common.wrongKey, cause: 'api-key', isReady: true },
  { title: 'revoked key', ...common.revokedKey, cause: 'api-key', isReady: true },
  { title: 'wrong URL', ...common.wrongUrl, cause: 'platform', isReady: true },
  { title: 'unknown cluster id', ...common.unknownCluster, cause: 'cluster-id', isReady: true },
  { title: 'private CA', ...common.privateCa, cause: 'platform', isReady: true },
  { title: 'inspecting proxy or captive portal', ...common.captivePortal, cause: 'platform', isReady: true },
  { title: 'proxy wants credentials (407)', ...common.proxyWantsCredentials, cause: 'platform', isReady: true },
  { title: 'DNS', ...common.unknownHost, cause: 'platform', isReady: true },
  { title: 'black hole (nothing answers)', ...common.blackHole, cause: 'platform', isReady: true },
  { title: 'connection refused', ...common.platformRefuses, cause: 'platform', isReady: true },
  { title: 'the platform refuses everything', ...common.unavailable, cause: 'platform', isReady: true },
  { title: 'API server hangs', ...common.apiServerHangs, cause: 'api-server', isReady: false },
  { title: 'API server refuses connections', ...common.apiServerRefuses, cause: 'api-server', isReady: false },
  { title: 'API server refuses the token', ...common.tokenRefused, cause: 'api-server', isReady: false },
  { title: 'API server away while all was well', ...common.apiServerAway, cause: 'api-server', isReady: false },
  {
    title: 'one collection may not be read',
    ...common.forbidden({ resource: 'poddisruptionbudgets' }),
    cause: 'feeds',
    isReady: false,
  },
  { title: 'nothing may be read', ...common.forbidden({ verb: 'list' }), cause: 'feeds', isReady: false },
  {
    title: 'the lease may not be used',
    ...withElection(common.forbidden({ resource: 'leases' })),
    cause: 'lease',
    isReady: false,
  },
  {
    title: 'not the leader (a replica that stands by)',
    before: async (place) => {
      const leader = await place.startProgram({ ...ELECTION, POD_NAME: 'evictor-a' });
      await leads(place, leader);
      return { ...ELECTION, POD_NAME: 'evictor-b' };
    },
    cause: '',
    isReady: true,
  },
];

function withElection(fault: ReturnType<typeof common.forbidden>): typeof fault {
  return { ...fault, before: async (place) => ({ ...(await fault.before?.(place)), ...ELECTION }) };
}

async function leads({ ground: { cluster } }: Place<object>, program: StagedProgram): Promise<void> {
  await program.untilReady();
  await eventually({
    what: 'it leads',
    look: () => cluster.fake.objects('leases.coordination.k8s.io').map(({ spec }) => JSON.stringify(spec)),
    until: (specs) => specs.some((spec) => spec.includes('evictor-a')),
  });
}

holdTable(EVICTOR, FAULTS);
