/**
 * Every string of every planted object is a word of its own: whatever the cluster holds, however it reaches the agent and
 * whatever goes wrong meanwhile, exactly the words at the paths listed here may be found outside of the cluster.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type NotifyConfig, parseEndpoints } from '@castai/platform/notify/parse-endpoints.ts';
import type { FaultRequest } from '../../platform-rig/faults/parse-fault.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { type FakeStage, referenceTo, startFakeStage } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

/** Strings of an object by path: those that may leave, and those that must not. `*` is a key that is a word
 * itself and its value, `{key}` only the key. There is such a key in every object in the object, whether listed or not. */
interface Paths {
  readonly kept: readonly string[];
  readonly dropped: readonly string[];
}

/** A row per path: blanks separate what may stand in its place. */
const rows = (...lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' '));
/** The same paths below others. */
const below = (prefix: string, paths: readonly string[]): string[] => paths.map((path) => `${prefix}.${path}`);
const under = (prefix: string, { kept, dropped }: Paths): Paths => ({
  kept: below(prefix, kept),
  dropped: below(prefix, dropped),
});
const both = (...parts: readonly Paths[]): Paths => ({
  kept: parts.flatMap(({ kept }) => kept),
  dropped: parts.flatMap(({ dropped }) => dropped),
});

const ANNOTATIONS: Paths = {
  kept: rows('annotations["workloads.cast.ai/x"]'),
  dropped: rows(
    'annotations["kubectl.kubernetes.io/last-applied-configuration"]',
    'annotations["vault.example.com/token"]',
    'annotations["notcast.ai/x"]',
    'annotations.*',
  ),
};
const METADATA: Paths = under('metadata', {
  kept: [
    ...rows(
      'name uid labels.app labels.* finalizers[] ownerReferences[].apiVersion ownerReferences[].kind ownerReferences[].name',
    ),
    ...rows('ownerReferences[].uid'),
    ...ANNOTATIONS.kept,
  ],
  dropped: [
    ...rows('generateName selfLink creationTimestamp managedFields[].manager managedFields[].operation'),
    ...rows('managedFields[].fieldsV1.f:metadata.* managedFields[].time'),
    ...ANNOTATIONS.dropped,
  ],
});
const CONDITIONS: Paths = under('status.conditions[]', {
  kept: rows('type status reason'),
  dropped: rows('message lastTransitionTime'),
});
const SELECTOR: Paths = {
  kept: rows('matchLabels.app matchLabels.* matchExpressions[].key matchExpressions[].values[]'),
  dropped: [],
};
const CONTAINER: Paths = {
  kept: rows('name image imagePullPolicy env[].name ports[].name resources.claims[].name livenessProbe.tcpSocket.port'),
  dropped: rows(
    'args[] command[] workingDir env[].value env[].valueFrom.secretKeyRef.name env[].valueFrom.secretKeyRef.key',
    'env[].valueFrom.configMapKeyRef.name envFrom[].secretRef.name envFrom[].prefix resources.limits.cpu',
    'livenessProbe.exec.command[] livenessProbe.httpGet.path livenessProbe.httpGet.host livenessProbe.grpc.service',
    'livenessProbe.httpGet.httpHeaders[].name livenessProbe.httpGet.httpHeaders[].value ports[].hostIP',
    'lifecycle.preStop.exec.command[] lifecycle.postStart.httpGet.httpHeaders[].value terminationMessagePath',
    'volumeMounts[].mountPath volumeDevices[].devicePath securityContext.seLinuxOptions.user',
  ),
};
const POD_SPEC: Paths = both(
  {
    kept: rows(
      'nodeName schedulerName priorityClassName restartPolicy nodeSelector.pool nodeSelector.* tolerations[].value',
      'topologySpreadConstraints[].topologyKey volumes[].name volumes[].persistentVolumeClaim.claimName',
    ),
    dropped: rows(
      'serviceAccountName hostname subdomain dnsConfig.searches[] hostAliases[].hostnames[] imagePullSecrets[].name',
      'volumes[].secret.secretName volumes[].configMap.items[].path volumes[].csi.volumeAttributes.*',
      'volumes[].nfs.server volumes[].hostPath.path volumes[].gitRepo.repository securityContext.sysctls[].value',
    ),
  },
  under('containers[]', CONTAINER),
  under('initContainers[]', CONTAINER),
  under('ephemeralContainers[]', CONTAINER),
  under('affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector', SELECTOR),
);
const TEMPLATE: Paths = both(
  under('metadata', { kept: [...rows('labels.app labels.*'), ...ANNOTATIONS.kept], dropped: ANNOTATIONS.dropped }),
  under('spec', POD_SPEC),
);
const CONTAINER_STATUS: Paths = {
  kept: rows('name state.waiting.reason lastState.terminated.reason'),
  dropped: rows('image imageID containerID state.waiting.message lastState.terminated.message'),
};
const UNNAMED = rows('data.password data.* stringData.password binaryData.x spec.token spec.a[].b.c[] status.log');

/** What is planted. `kept` is the allow-list. */
const PLANTED: Readonly<Record<string, Paths & { readonly apiVersion: string }>> = {
  Pod: {
    apiVersion: 'v1',
    ...both(
      METADATA,
      CONDITIONS,
      under('spec', POD_SPEC),
      under('status.containerStatuses[]', CONTAINER_STATUS),
      under('status.initContainerStatuses[]', CONTAINER_STATUS),
      under('status', {
        kept: rows('phase qosClass reason nominatedNodeName'),
        dropped: rows('message hostIP hostIPs[].ip podIP podIPs[].ip startTime'),
      }),
    ),
  },
  Deployment: {
    apiVersion: 'apps/v1',
    ...both(METADATA, CONDITIONS, under('spec.selector', SELECTOR), under('spec.template', TEMPLATE), {
      kept: rows('spec.strategy.type spec.strategy.rollingUpdate.maxSurge'),
      dropped: rows('spec.strategy.note'),
    }),
  },
  CronJob: {
    apiVersion: 'batch/v1',
    ...both(METADATA, under('spec.jobTemplate.spec.template', TEMPLATE), {
      kept: rows('spec.schedule spec.timeZone spec.jobTemplate.spec.completionMode status.active[].name'),
      dropped: rows('status.active[].fieldPath status.lastScheduleTime'),
    }),
  },
  Rollout: {
    apiVersion: 'argoproj.io/v1alpha1',
    ...both(METADATA, CONDITIONS, under('spec.template', TEMPLATE), {
      kept: rows('spec.workloadRef.name spec.strategy.canary.maxSurge status.phase status.stableRS'),
      dropped: rows(
        'spec.strategy.canary.analysis.args[].value spec.strategy.canary.stableService status.message',
        'spec.strategy.blueGreen.prePromotionAnalysis.args[].value spec.restartAt',
      ),
    }),
  },
  Node: {
    apiVersion: 'v1',
    ...both(METADATA, CONDITIONS, {
      kept: rows('spec.providerID spec.taints[].key spec.taints[].value status.nodeInfo.kernelVersion'),
      dropped: rows(
        'spec.podCIDR spec.externalID status.addresses[].address status.images[].names[] status.nodeInfo.machineID',
        'status.nodeInfo.bootID status.config.assigned.configMap.name status.volumesAttached[].devicePath',
        'status.capacity.cpu',
      ),
    }),
  },
  // Keys are kept, with the sizes of their values.
  ConfigMap: {
    apiVersion: 'v1',
    ...both(METADATA, {
      kept: rows('data.{key} binaryData.{key}'),
      dropped: rows('data["app.conf"] binaryData["app.bin"]'),
    }),
  },
  // In the table of feeds, but nobody has named its content.
  Migration: { apiVersion: 'live.cast.ai/v1', ...both(METADATA, CONDITIONS, { kept: [], dropped: UNNAMED }) },
  // Never asked for.
  Secret: { apiVersion: 'v1', kept: [], dropped: [...METADATA.kept, ...METADATA.dropped, ...UNNAMED] },
  Widget: {
    apiVersion: 'example.com/v1',
    kept: [],
    dropped: [...METADATA.kept, ...METADATA.dropped, ...UNNAMED, 'spec.template.spec.containers[].image'],
  },
};

/** Where a word was planted. */
interface Place {
  readonly kind: string;
  /** 1 for what was listed, more for what came later. */
  readonly generation: number;
  readonly path: string;
}

const NAMESPACE = 'canaries';
/** A beginning of a word is as bad as a whole one. */
const WORD = /cnry\d{0,5}x?/gu;
const words = new Map<string, Place>();

/** A word of its own: a name, a label, a reason and a port by its letters, so that nothing but the policy drops it. */
function plant(place: Place): string {
  const word = `cnry${String(words.size).padStart(5, '0')}x`;
  words.set(word, place);
  return word;
}

/** Something that is in no object, for whoever sends what is broken. */
const foreign = (path: string): string => plant({ kind: 'foreign', generation: 0, path });

/** Where the words of a text come from, each place once. */
function placesIn(text: string): string[] {
  const found = new Set([...text.matchAll(WORD)].map(([word]) => word));
  return [...found].map((word) => describePlace(words.get(word), word)).toSorted();
}

const describePlace = (place: Place | undefined, word: string): string =>
  place === undefined ? `a part of a word: ${word}` : `${place.kind} ${place.generation} ${place.path}`;

const segmentsOf = (path: string): string[] =>
  [...path.matchAll(/\["(?<quoted>[^"]+)"\]|\[\]|[^.[\]]+/gu)].map(
    ({ 0: plain, groups }) => groups?.['quoted'] ?? plain,
  );

type Tree = Map<string, Tree>;

/** The object with a word for every string. Names and uids stay what they were. */
function build(kind: string, generation: number, before?: KubeObject): KubeObject {
  const { apiVersion, kept, dropped } = PLANTED[kind] ?? { apiVersion: '', kept: [], dropped: [] };
  const tree: Tree = new Map();
  for (const path of [...kept, ...dropped]) {
    let node = tree;
    for (const segment of segmentsOf(path)) {
      if (segment === '*' || segment === '{key}') continue;
      const next = node.get(segment) ?? new Map<string, Tree>();
      node.set(segment, next);
      node = next;
    }
  }
  const isMap = (path: string): boolean =>
    [...kept, ...dropped].some((one) => one === `${path}.*` || one === `${path}.{key}`);
  const grow = (node: Tree, path: string): unknown => {
    const item = node.get('[]');
    if (item !== undefined) return [grow(item, `${path}[]`)];
    if (node.size === 0 && !isMap(path)) return plant({ kind, generation, path });
    const at = (segment: string): string => {
      if (path === '') return segment;
      return /[./]/u.test(segment) ? `${path}["${segment}"]` : `${path}.${segment}`;
    };
    const grown = [...node].map(([segment, child]) => [segment, grow(child, at(segment))] as const);
    const [key, value] = ['{key}', '{value}'].map((which) => plant({ kind, generation, path: at(which) }));
    return Object.fromEntries([...grown, [key ?? '', value]]);
  };
  const { metadata, ...body } = grow(tree, '') as KubeObject;
  const { name = metadata.name, uid = metadata.uid } = before?.metadata ?? {};
  const where = kind === 'Node' ? {} : { namespace: NAMESPACE };
  const version = before === undefined ? {} : { resourceVersion: before.metadata.resourceVersion };
  return { ...body, apiVersion, kind, metadata: { ...metadata, ...where, ...version, name, uid } } as KubeObject;
}

/** All that may be outside of the cluster when it holds this generation. */
function allowed(kind: string, generation: number): string[] {
  const paths = (PLANTED[kind]?.kept ?? []).flatMap((path) =>
    path.endsWith('.*') ? [path.replace(/\*$/u, '{key}'), path.replace(/\*$/u, '{value}')] : [path],
  );
  const isFixed = (path: string): boolean => path === 'metadata.name' || path === 'metadata.uid';
  return paths.map((path) => `${kind} ${isFixed(path) ? 1 : generation} ${path}`).toSorted();
}

const definition = (kind: string, plural: string, group: string, version: string): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    scope: 'Namespaced',
    versions: [{ name: version, served: true, storage: true, subresources: {} }],
  },
});

const KINDS = Object.keys(PLANTED);
const SENT_KINDS = KINDS.filter((kind) => kind !== 'Secret' && kind !== 'Widget');

/** What the platform stored, as text by moment. */
const stored = { listed: '', watched: '', afterTrouble: '', afterDeletion: '' };
/** What the agent's pages said, whenever something was wrong. */
const pages: string[] = [];
let planted: readonly KubeObject[] = [];
let receiver: RecordingServer;
let stage: FakeStage;
let agent: StagedAgent;

const objectsText = async (): Promise<string> => JSON.stringify(await stage.platform.control.allObjects());

async function keepPages(): Promise<void> {
  for (const path of ['/statusz', '/statusz?format=json', '/metrics', '/readyz', '/readyz?format=json']) {
    pages.push((await agent.page(path)).text);
  }
}

/** New words in place of all others. */
function replant(generation: number, kinds: readonly string[] = KINDS): void {
  for (const object of planted.filter(({ kind }) => kinds.includes(kind ?? ''))) {
    stage.cluster.fake.update(referenceTo(object), (present) => {
      const next = build(object.kind ?? '', generation, present);
      for (const key of Object.keys(present)) Reflect.deleteProperty(present, key);
      Object.assign(present, next);
    });
  }
}

async function untilStored(generation: number): Promise<string> {
  const wanted = SENT_KINDS.flatMap((kind) => allowed(kind, generation));
  return eventually({
    what: `the platform has all of generation ${generation}`,
    look: objectsText,
    until: (text) => {
      const found = new Set(placesIn(text));
      return wanted.every((place) => found.has(place));
    },
    timeoutMs: 30_000,
  });
}

async function untilDropped(reason: string): Promise<void> {
  await eventually({
    what: `an object is given up: ${reason}`,
    look: () => agent.metric('castai_agent_dropped_entries_total', { reason }),
    until: (dropped) => dropped > 0,
  });
  await keepPages();
}

async function duringFault(fault: FaultRequest, happen: () => Promise<void>): Promise<void> {
  const { id } = await stage.platform.control.addFault(fault);
  await happen();
  await stage.platform.control.clearFaults(id);
}

async function untilRestarted(feed: string, code: string): Promise<void> {
  await eventually({
    what: `the feed ${feed} has begun again because of ${code}`,
    look: () => agent.feed(feed),
    until: (row) => row['lastRestart'] === code,
  });
  await keepPages();
}

async function refuseObjects(): Promise<void> {
  const poison = planted.find(({ kind }) => kind === 'Pod')?.metadata.name ?? '';
  await duringFault({ on: 'batch', action: { type: 'poison', name: poison, as: 'batch' } }, async () => {
    replant(3, ['Pod']);
    await untilDropped('REJECTED');
  });
  await duringFault({ on: 'batch', action: { type: 'limit', bytes: 500 } }, async () => {
    replant(3, ['Deployment']);
    await untilDropped('TOO_LARGE');
  });
}

async function answerStrangely(): Promise<void> {
  const page = { type: 'notAck', body: `<title>${foreign('a page in place of an ack')}</title>` } as const;
  const location = `http://user:${foreign('password of a redirect')}@elsewhere.example.com/${foreign('its path')}`;
  for (const [action, said] of [
    [page, 'HTTP 200'],
    [{ type: 'redirect', location }, 'HTTP 307'],
  ] as const) {
    await duringFault({ on: 'batch', action }, async () => {
      await agent.untilNotReady(said);
      await keepPages();
    });
    await agent.untilReady();
  }
}

async function breakWatches(): Promise<void> {
  const { fake } = stage.cluster;
  const broken = (path: string) => ({ kind: 'Pod', metadata: { name: foreign(`${path}: name`) }, spec: foreign(path) });
  fake.inject(`{"type":"MODIFIED","object":{"spec":"${foreign('a line that is not JSON')}",}}\n`, 'pods');
  fake.inject({ type: foreign('a type of event'), object: broken('an event of unknown type') }, 'deployments');
  fake.inject({ type: 'ERROR', object: broken('an error that is no Status') }, 'nodes');
  fake.inject({ type: 'ADDED', object: broken('an object without a version') }, 'configmaps');
  fake.faults.add({
    match: { verb: 'watch', resource: 'rollouts', times: 1 },
    action: {
      type: 'respond',
      status: 500,
      headers: { 'content-type': 'text/html' },
      body: `<pre>${foreign('a page of the API server')}</pre>`,
    },
  });
  for (const watch of fake.watches('rollouts')) watch.end();
  for (const feed of ['pods', 'deployments.apps', 'nodes', `configmaps/${NAMESPACE}`]) {
    await untilRestarted(feed, 'KUBE_STREAM_BROKEN');
  }
  await untilRestarted('rollouts.argoproj.io', 'KUBE_SERVER_ERROR');
}

async function takeRightsAway(): Promise<void> {
  const { fake } = stage.cluster;
  const giveBack = fake.access.deny({ user: 'system:serviceaccount:castai-agent:castai-agent', resource: 'cronjobs' });
  const phase = async (wanted: string): Promise<void> => {
    await eventually({
      what: `the feed of cron jobs is ${wanted}`,
      look: () => agent.feed('cronjobs.batch'),
      until: (row) => row['phase'] === wanted,
    });
    await keepPages();
  };
  for (const watch of fake.watches('cronjobs')) watch.end();
  await phase('forbidden');
  await eventually({
    what: 'somebody is told that the agent works with limits',
    look: () => bodies(),
    until: (text) => text.includes('cluster.agent.firing'),
  });
  replant(3, ['CronJob']);
  giveBack();
  await phase('live');
}

/** An endpoint of each format, at once told of everything. */
function tellEverything(url: URL): NotifyConfig {
  const one = { url: url.href, allowHttp: true, allowNetworks: ['127.0.0.1'] };
  const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`];
  const endpoints = [
    { ...one, id: 'standard', secrets },
    { ...one, id: 'alertmanager', format: 'alertmanager' },
    { ...one, id: 'slack', format: 'slack' },
    {
      ...one,
      id: 'template',
      format: 'template',
      template: { all: ['{{cluster}}', '{{summary}} {{reason}} {{cure}}'] },
    },
  ];
  return parseEndpoints(JSON.stringify({ holdSeconds: 0, clearSeconds: 0, endpoints }), () => '');
}

function bodies(): string {
  return receiver.requests.map(({ body }) => body.toString()).join('\n');
}

/** Of protobuf a server has only what its kinds know: a word in a field of another type, or in none, never reaches the agent. */
describe.for(['json', 'auto'] as const)('read as %s', (encoding) => {
  beforeAll(async () => {
    words.clear();
    pages.length = 0;
    receiver = await RecordingServer.start();
    receiver.react = (_, response) => response.writeHead(204).end();
    stage = await startFakeStage({
      cluster: { nodes: 1, pods: 4, settings: { bookmarkMs: 1000 } },
      platform: { notify: tellEverything(receiver.url) },
    });
    const { fake } = stage.cluster;
    fake.load([
      definition('Rollout', 'rollouts', 'argoproj.io', 'v1alpha1'),
      definition('Migration', 'migrations', 'live.cast.ai', 'v1'),
      definition('Widget', 'widgets', 'example.com', 'v1'),
    ]);
    planted = KINDS.map((kind) => build(kind, 1));
    fake.load(planted);
    agent = await stage.startReadyAgent({
      env: { CONFIG_MAP_NAMESPACES: NAMESPACE, LOG_LEVEL: 'debug', READ_ENCODING: encoding },
      haste: 20,
    });
    stored.listed = await untilStored(1);
    replant(2);
    stored.watched = await untilStored(2);
    await refuseObjects();
    await answerStrangely();
    await breakWatches();
    await takeRightsAway();
    replant(4);
    stored.afterTrouble = await untilStored(4);
    await agent.untilReady();
    for (const object of planted) fake.delete(referenceTo(object));
    stored.afterDeletion = await eventually({
      what: 'the platform has none of the objects any more',
      look: objectsText,
      until: (text) => SENT_KINDS.every((kind) => !placesIn(text).includes(`${kind} 1 metadata.uid`)),
    });
    await keepPages();
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  const MOMENTS = [
    ['a list', 'listed', 1],
    ['a watch', 'watched', 2],
    ['all that went wrong', 'afterTrouble', 4],
  ] as const;

  describe.for(MOMENTS)('the platform has after %s', ([, moment, generation]) => {
    test.for(SENT_KINDS)('of a %s exactly what may leave', (kind) => {
      const found = placesIn(stored[moment]).filter((place) => place.startsWith(`${kind} `));
      expect(found).toEqual(allowed(kind, generation));
    });

    test('nothing else that was planted', () => {
      const kinds = new Set(placesIn(stored[moment]).map((place) => place.split(' ')[0] ?? ''));
      expect([...kinds].toSorted()).toEqual(SENT_KINDS.toSorted());
    });
  });

  test('what was deleted is not stored any more', () => {
    expect(placesIn(stored.afterDeletion)).toEqual([]);
  });

  /** Who an object is may be told; what is in it, not even when it may be sent. */
  const NAMES = SENT_KINDS.flatMap((kind) => [`${kind} 1 metadata.name`, `${kind} 1 metadata.uid`]).toSorted();

  test("the platform's history tells no more than who was changed", async () => {
    const history = JSON.stringify(await stage.platform.control.history());
    expect(placesIn(history)).toEqual(NAMES);
  });

  test('nothing is in what the agent reports about itself, or in what the platform knows of the cluster', async () => {
    const { control } = stage.platform;
    const id = await stage.clusterId();
    const reports = await Promise.all(
      (['log', 'telemetry', 'event'] as const).map((kind) => control.reports(id, kind)),
    );
    expect(placesIn(JSON.stringify(reports))).toEqual([]);
    expect(placesIn(JSON.stringify((await control.state()).clusters))).toEqual([]);
    expect(placesIn(await control.metrics())).toEqual([]);
  });

  test('nothing is in what somebody is told of the cluster’s trouble, in whatever format', () => {
    const ids = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
    expect(bodies()).toContain('cluster.agent.firing');
    expect(bodies()).toContain('"version":"4"');
    expect(ids.size).toBeGreaterThan(0);
    expect(placesIn(bodies())).toEqual([]);
  });

  test('the log, at its most talkative, tells no more than who was given up', () => {
    expect(agent.log.some(({ level }) => level === 'debug')).toBe(true);
    expect(placesIn(agent.output)).toEqual(['Deployment 1 metadata.uid', 'Pod 1 metadata.uid']);
  });

  test('/statusz, /metrics and /readyz tell nothing, whatever went wrong', () => {
    const told = pages.join('\n');
    for (const trouble of [
      'REJECTED',
      'TOO_LARGE',
      'KUBE_STREAM_BROKEN',
      'KUBE_SERVER_ERROR',
      'HTTP 200',
      'HTTP 307',
    ]) {
      expect(told).toContain(trouble);
    }
    expect(placesIn(told)).toEqual([]);
  });

  test('Secrets and kinds that nobody knows are never asked for', () => {
    const asked = stage.cluster.agentRequests();
    const names = new Set(asked.flatMap(({ resource }) => resource ?? []));
    expect([...names]).toEqual(expect.arrayContaining(['pods', 'configmaps', 'rollouts', 'migrations', 'cronjobs']));
    expect(asked.filter(({ path }) => /secret|widget/iu.test(path))).toEqual([]);
    expect(
      new Set(asked.filter(({ resource }) => resource === 'configmaps').map(({ namespace }) => namespace)),
    ).toEqual(new Set([NAMESPACE]));
  });

  test('Kubernetes’ own kinds were read in this form, and nobody else’s', () => {
    const asked = stage.cluster.agentRequests().filter(({ verb }) => verb === 'list' || verb === 'watch');
    const inProtobuf = asked
      .filter(({ accept }) => accept.includes('protobuf'))
      .flatMap(({ resource }) => resource ?? []);
    const kinds = new Set(inProtobuf);
    expect(['pods', 'nodes', 'deployments', 'cronjobs', 'configmaps'].every((kind) => kinds.has(kind))).toBe(
      encoding === 'auto',
    );
    expect(['rollouts', 'migrations'].some((kind) => kinds.has(kind))).toBe(false);
  });

  test('every word was there to be found', () => {
    const all = placesIn(JSON.stringify(planted));
    for (const kind of KINDS) {
      const { kept, dropped } = PLANTED[kind] ?? { kept: [], dropped: [] };
      for (const path of [...kept, ...dropped].filter((one) => !one.endsWith('*'))) {
        expect(all).toContain(`${kind} 1 ${path}`);
      }
    }
    expect(placesIn('xcnry00000xx')).toEqual([`${KINDS[0]} 1 metadata.name`]);
    expect(placesIn('cnry00')).toEqual(['a part of a word: cnry00']);
  });
});
