/** The whole spot handler with its defaults meets each fault: verdict, readiness, log and doctor tell them apart. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { FakeImds } from '../../fakes/imds.ts';
import type { AzureImds } from '../../fakes/imds/azure.ts';
import { NODE_NAME, sampleSpotNode } from '../../stages/spot-handler/spot-node.ts';
import { startImds } from '../../stages/spot-handler/staged-imds.ts';
import * as common from './common-faults.ts';
import { holdTable } from './hold-table.ts';
import type { Surroundings } from './place.ts';
import type { BroughtAbout, ProgramFault } from './program-fault.ts';

interface World {
  readonly imds: FakeImds<AzureImds>;
}

const SPOT_HANDLER: Surroundings<World> = {
  program: 'spot-handler',
  surround: async ({ cluster, undo }) => {
    const imds = await startImds('azure');
    undo(() => imds[Symbol.asyncDispose]());
    cluster.fake.create(sampleSpotNode('azure'));
    return { world: { imds }, env: { NODE_NAME, IMDS_URL: imds.url } };
  },
};

const FAULTS: readonly ProgramFault<World>[] = [
  { title: 'wrong key', ...common.wrongKey, cause: '', isReady: true },
  { title: 'wrong key, and a notice has come', ...withNotice(common.wrongKey), cause: 'api-key', isReady: true },
  { title: 'unreadable key', ...common.unreadableKey, cause: 'api-key', isReady: false },
  { title: 'wrong URL, and a notice has come', ...withNotice(common.wrongUrl), cause: 'platform', isReady: true },
  {
    title: 'unknown cluster id, and a notice has come',
    ...withNotice(common.unknownCluster),
    cause: 'cluster-id',
    isReady: true,
  },
  { title: 'private CA', ...common.privateCa, cause: 'platform', isReady: true },
  { title: 'clock off (a certificate that is not valid yet)', ...common.clockOff, cause: 'platform', isReady: true },
  {
    title: 'inspecting proxy or captive portal, and a notice has come',
    ...withNotice(common.captivePortal),
    cause: 'platform',
    isReady: true,
  },
  { title: 'proxy wants credentials (407)', ...common.proxyWantsCredentials, cause: 'platform', isReady: true },
  { title: 'DNS', ...common.unknownHost, cause: 'platform', isReady: true },
  { title: 'black hole (nothing answers)', ...withNotice(common.blackHole), cause: 'platform', isReady: true },
  { title: 'connection refused', ...common.platformRefuses, cause: 'platform', isReady: true },
  {
    title: 'the platform refuses everything, and a notice has come',
    ...withNotice(common.platformOverloaded),
    cause: 'platform',
    isReady: true,
  },
  { title: 'API server hangs', ...common.apiServerHangs, cause: 'api-server', isReady: true },
  { title: 'API server refuses connections', ...common.apiServerRefuses, cause: 'api-server', isReady: true },
  { title: 'API server refuses the token', ...common.tokenRefused, cause: 'api-server', isReady: true },
  { title: 'API server away while all was well', ...common.apiServerAway, cause: 'api-server', isReady: true },
  {
    title: 'API server hangs, and a notice has come',
    ...withNotice({
      after: ({ ground: { cluster } }) => cluster.network.set({ type: 'swallow' }),
      end: common.apiServerHangs.end,
    }),
    cause: 'api-server',
    isReady: true,
  },
  { title: 'the node may not be read', ...common.forbidden({ resource: 'nodes' }), cause: 'node', isReady: true },
  {
    title: 'the node may not be marked, and a notice has come',
    ...withNotice(common.forbidden({ resource: 'nodes', verb: 'patch' })),
    cause: 'node',
    isReady: true,
  },
  {
    title: 'the node object is gone',
    after: ({ ground: { cluster } }) => cluster.fake.delete({ apiVersion: 'v1', kind: 'Node', name: NODE_NAME }),
    end: ({ ground: { cluster } }) => cluster.fake.create(sampleSpotNode('azure')),
    cause: 'node',
    isReady: true,
  },
  {
    title: 'metadata service away',
    after: ({ world: { imds } }) => imds.server.refuse(),
    end: ({ world: { imds } }) => imds.server.listen(),
    cause: 'metadata-service',
    isReady: false,
  },
  {
    title: 'metadata service hangs',
    after: ({ world: { imds } }) => imds.server.fail({ action: { type: 'hang' } }),
    end: ({ world: { imds } }) => imds.server.clearFaults(),
    cause: 'metadata-service',
    isReady: false,
  },
  {
    title: 'another machine than PROVIDER says',
    before: () => ({ PROVIDER: 'gcp' }),
    cause: 'metadata-service',
    isReady: false,
  },
  {
    title: 'clock of the node an hour behind that of the metadata service',
    before: ({ world: { imds } }) => {
      imds.server.dateOffsetMs = 3_600_000;
      return {};
    },
    end: ({ world: { imds } }) => (imds.server.dateOffsetMs = 0),
    cause: 'clock',
    isReady: true,
    isUnseenByDoctor: true,
  },
];

/** The same, and the machine is about to be taken: what reports of it meet. */
function withNotice({ before, after, end }: BroughtAbout<unknown>): BroughtAbout<World> {
  return {
    ...(before === undefined ? {} : { before }),
    after: async (place, program) => {
      await after?.(place, program);
      place.world.imds.service.schedule({ inMs: 600_000 });
      await eventually({
        what: 'the notice is seen',
        look: () => program.page('/statusz?format=json'),
        until: ({ text }) => isRecord(JSON.parse(text)) && text.includes('Preempt'),
      });
    },
    ...(end === undefined ? {} : { end }),
  };
}

holdTable(SPOT_HANDLER, FAULTS);
