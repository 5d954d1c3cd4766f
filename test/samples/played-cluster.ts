import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import fc from 'fast-check';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
/** A key whose domains lie across those of zones. */
const RACK = 'rack';

/** A pod of a played cluster. */
export interface PlayedPod {
  readonly name: string;
  readonly app: string;
  node: string;
  readonly cpu: number;
  readonly memory: number;
  readonly pool: string | undefined;
  readonly isTolerant: boolean;
  readonly hostPort: number | undefined;
  /** Topology key in whose domains it keeps off an app, its own or another one. */
  readonly apart: { key: string; app: string } | undefined;
  /** Topology key and app that it must be near. */
  readonly near: { key: string; app: string } | undefined;
  readonly spread: { key: string; app: string; maxSkew: number; minDomains: number } | undefined;
}

/** A node of one. */
export interface PlayedNode {
  readonly name: string;
  readonly zone: string;
  readonly rack: string;
  readonly isCordoned: boolean;
  readonly pool: string;
  readonly isTainted: boolean;
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

/** A cluster that is played. */
export interface Played {
  readonly nodes: readonly PlayedNode[];
  readonly pods: readonly PlayedPod[];
}

const APPS = ['red', 'green', 'blue'];

/** How many of a hundred apps have each kind of rule. */
interface RuleShares {
  readonly hostPort: number;
  readonly apart: number;
  readonly near: number;
  readonly spread: number;
  readonly pool: number;
}

/** A rule belongs to an app, as it does in a template. */
function appRules(shares: RuleShares) {
  return fc.record({
    hostPort: sometimes(shares.hostPort, fc.constant(80)),
    apart: sometimes(
      shares.apart,
      fc.record({ key: fc.constantFrom(HOST, ZONE, RACK), app: fc.constantFrom(...APPS) }),
    ),
    near: sometimes(shares.near, fc.record({ key: fc.constantFrom(HOST, ZONE), app: fc.constantFrom(...APPS) })),
    spread: sometimes(
      shares.spread,
      fc.record({
        key: fc.constantFrom(HOST, ZONE, RACK),
        app: fc.constantFrom(...APPS),
        maxSkew: fc.integer({ min: 1, max: 2 }),
        minDomains: fc.constantFrom(1, 1, 3),
      }),
    ),
    pool: sometimes(shares.pool, fc.constantFrom('p', 'q')),
    isTolerant: fc.boolean(),
  });
}

function sometimes<Value>(percent: number, arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: percent, arbitrary }, { weight: 100 - percent, arbitrary: fc.constant(undefined) });
}

type AppRules = ReturnType<typeof appRules> extends fc.Arbitrary<infer Rules> ? Rules : never;

/** How large nodes are, and how many there are. */
interface PlayedSize {
  readonly nodes: readonly [least: number, most: number];
  /** Of cores and of memory, each. */
  readonly room: readonly [least: number, most: number];
  /** How many pods a node may have. */
  readonly pods: readonly [least: number, most: number];
  readonly rules: RuleShares;
}

/** Random clusters, as far as the rules of the scheduler let them come about: so narrow that what is forbidden is met all the time. */
export const clusters = clustersOf({
  nodes: [2, 7],
  room: [2, 8],
  pods: [2, 6],
  rules: { hostPort: 88, apart: 67, near: 83, spread: 50, pool: 50 },
});

function clustersOf({ nodes, room, pods, rules: shares }: PlayedSize): fc.Arbitrary<Played> {
  const between = ([min, max]: readonly [number, number]): fc.Arbitrary<number> => fc.integer({ min, max });
  return fc
    .record({
      rules: fc.tuple(appRules(shares), appRules(shares), appRules(shares)),
      nodes: fc.array(
        fc.record({
          zone: fc.constantFrom('1', '2', '3'),
          rack: fc.constantFrom('1', '2'),
          isCordoned: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
          pool: fc.constantFrom('p', 'q'),
          isTainted: fc.boolean(),
          cpu: between(room),
          memory: between(room),
          pods: between(pods),
        }),
        { minLength: nodes[0], maxLength: nodes[1] },
      ),
      pods: fc.array(
        fc.record({
          app: fc.nat(2),
          at: fc.nat(6),
          cpu: fc.integer({ min: 0, max: 3 }),
          memory: fc.integer({ min: 0, max: 3 }),
          isPending: fc.boolean(),
        }),
        { maxLength: 16 },
      ),
    })
    .map(({ rules, nodes: made, pods: wished }) => settle(made, wished, rules));
}

/** Lets every pod come where the rules allow; a few stay waiting. */
function settle(
  nodes: readonly Omit<PlayedNode, 'name'>[],
  pods: readonly { app: number; at: number; cpu: number; memory: number; isPending: boolean }[],
  rules: readonly AppRules[],
): Played {
  const played: Played = { nodes: nodes.map((one, index) => ({ ...one, name: `n${index}` })), pods: [] };
  // They came before their nodes were cordoned.
  const open = played.nodes.map((one) => ({ ...one, isCordoned: false }));
  const placed: PlayedPod[] = [];
  for (const [index, { app, at, cpu, memory, isPending }] of pods.entries()) {
    const own = rules[app];
    if (own === undefined) continue;
    const one: PlayedPod = { ...own, name: `pod${index}`, app: APPS[app] ?? '', node: '', cpu, memory };
    const fits = allowed({ nodes: open, pods: placed }, one, new Set());
    if (fits.length > 0) one.node = fits[at % fits.length] ?? '';
    if (one.node !== '' || isPending) placed.push(one);
  }
  return { ...played, pods: placed };
}

/** The names of the nodes that a scheduler may choose for a pod. Cordoned nodes take nobody, and are counted for spread all the same. */
export function allowed(played: Played, pod: PlayedPod, cordoned: ReadonlySet<string>): string[] {
  return played.nodes
    .filter(
      (node) =>
        !cordoned.has(node.name) && !node.isCordoned && isWanted(pod, node) && (!node.isTainted || pod.isTolerant),
    )
    .filter((node) => hasRoom(played, pod, node) && isFarFrom(played, pod, node))
    .filter((node) => isNear(played, pod, node) && isEven(played, pod, node))
    .map(({ name }) => name);
}

const isWanted = (pod: PlayedPod, node: PlayedNode): boolean => pod.pool === undefined || pod.pool === node.pool;
const on = ({ pods }: Played, name: string): PlayedPod[] => pods.filter((one) => one.node === name);
function valueOf(node: PlayedNode, key: string): string {
  if (key === ZONE) return node.zone;
  return key === RACK ? node.rack : node.name;
}

/** Those on all nodes with the same value of a key. */
function within(played: Played, node: PlayedNode, key: string): PlayedPod[] {
  const value = valueOf(node, key);
  return played.nodes.filter((one) => valueOf(one, key) === value).flatMap(({ name }) => on(played, name));
}

function hasRoom(played: Played, pod: PlayedPod, node: PlayedNode): boolean {
  const here = on(played, node.name);
  const sum = (amounts: readonly number[]): number => amounts.reduce((a, b) => a + b, 0);
  if (here.length + 1 > node.pods) return false;
  if (pod.cpu > 0 && sum(here.map(({ cpu }) => cpu)) + pod.cpu > node.cpu) return false;
  if (pod.memory > 0 && sum(here.map(({ memory }) => memory)) + pod.memory > node.memory) return false;
  return pod.hostPort === undefined || here.every(({ hostPort }) => hostPort === undefined);
}

function isFarFrom(played: Played, pod: PlayedPod, node: PlayedNode): boolean {
  const { apart } = pod;
  if (apart !== undefined && within(played, node, apart.key).some(({ app }) => app === apart.app)) return false;
  const holders = played.pods.filter((one) => one.node !== '' && one.apart?.app === pod.app);
  return holders.every((one) => !within(played, node, one.apart?.key ?? '').includes(one));
}

function isNear(played: Played, pod: PlayedPod, node: PlayedNode): boolean {
  if (pod.near === undefined) return true;
  const { key, app } = pod.near;
  const isFirst = app === pod.app && !played.pods.some((one) => one.node !== '' && one.app === app);
  return isFirst || within(played, node, key).some((one) => one.app === app);
}

function isEven(played: Played, pod: PlayedPod, node: PlayedNode): boolean {
  if (pod.spread === undefined) return true;
  const { key, app: counted, maxSkew, minDomains } = pod.spread;
  const counts = new Map<string, number>();
  for (const one of played.nodes.filter((candidate) => isWanted(pod, candidate))) {
    const value = valueOf(one, key);
    counts.set(value, (counts.get(value) ?? 0) + on(played, one.name).filter(({ app }) => app === counted).length);
  }
  const fewest = counts.size < minDomains ? 0 : Math.min(...counts.values());
  return (counts.get(valueOf(node, key)) ?? 0) + Number(counted === pod.app) - fewest <= maxSkew;
}

/** The objects of a cluster. */
export function objectsOf({ nodes, pods }: Played): KubeObject[] {
  return [
    ...nodes.map(({ name, zone, rack, isCordoned, pool, isTainted, cpu, memory, pods: most }) => ({
      kind: 'Node',
      metadata: { name, uid: name, labels: { [ZONE]: zone, [RACK]: rack, [HOST]: name, pool } },
      spec: {
        ...(isTainted ? { taints: [{ key: 't', value: '', effect: 'NoSchedule' }] } : {}),
        ...(isCordoned ? { unschedulable: true } : {}),
      },
      status: {
        allocatable: { cpu, memory: `${memory}`, pods: `${most}` },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    })),
    ...pods.map(objectOf),
  ];
}

/** The object of a pod. */
function objectOf({
  name,
  app,
  node,
  cpu,
  memory,
  pool,
  isTolerant,
  hostPort,
  apart,
  near,
  spread,
}: PlayedPod): KubeObject {
  return {
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      labels: { app },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app, uid: app, controller: true }],
    },
    spec: {
      ...(node === '' ? {} : { nodeName: node }),
      ...(pool === undefined ? {} : { nodeSelector: { pool } }),
      ...(isTolerant ? { tolerations: [{ operator: 'Exists' }] } : {}),
      containers: [
        {
          name: 'main',
          resources: { requests: { cpu, memory: `${memory}` } },
          ...(hostPort === undefined ? {} : { ports: [{ containerPort: hostPort, hostPort }] }),
        },
      ],
      affinity: {
        ...(apart === undefined
          ? {}
          : {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { labelSelector: { matchLabels: { app: apart.app } }, topologyKey: apart.key },
                ],
              },
            }),
        ...(near === undefined
          ? {}
          : {
              podAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { labelSelector: { matchLabels: { app: near.app } }, topologyKey: near.key },
                ],
              },
            }),
      },
      ...(spread === undefined
        ? {}
        : {
            topologySpreadConstraints: [
              {
                topologyKey: spread.key,
                maxSkew: spread.maxSkew,
                whenUnsatisfiable: 'DoNotSchedule',
                labelSelector: { matchLabels: { app: spread.app } },
                minDomains: spread.minDomains,
              },
            ],
          }),
    },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
