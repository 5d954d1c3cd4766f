import fc from 'fast-check';
import { inPercent, present, sometimes } from './arbitraries.ts';
import { richContainers } from './rich-containers.ts';
import { HEAVY_RUNTIME, NAMESPACES, POOL, PRIORITIES } from './rich-names.ts';
import { nodeAffinity, podTerms, spread, toleration } from './rich-terms.ts';

/** A template: what all pods of an app have in common. */
export interface RichApp {
  readonly namespace: string;
  readonly ownerKind: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Each of its pods has a volume of its own, in the zone of a node. */
  readonly volume: RichVolume | undefined;
  /** Disruptions that its budget allows; undefined: it has none. */
  readonly budget: number | undefined;
}

/** How a pod's volume is. */
export interface RichVolume {
  readonly accessMode: string;
  /** Told by a label, as before CSI, in place of by node affinity. */
  readonly isLabelled: boolean;
  /** It can be had in one zone only. */
  readonly isZonal: boolean;
}

/** A random app. Each rule is in so few of them that plans come about. */
export const richApp: fc.Arbitrary<RichApp> = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    ownerKind: fc.constantFrom('ReplicaSet', 'ReplicaSet', 'ReplicaSet', 'StatefulSet', 'Job'),
    containers: richContainers,
    nodeSelector: sometimes(15, fc.constantFrom({ [POOL]: 'p' }, { [POOL]: 'q' })),
    nodeAffinity: sometimes(25, nodeAffinity),
    podAffinity: sometimes(12, podTerms),
    podAntiAffinity: sometimes(25, podTerms),
    tolerations: sometimes(40, fc.array(toleration, { minLength: 1, maxLength: 2 })),
    topologySpreadConstraints: sometimes(30, spread),
    priorityClassName: sometimes(25, fc.constantFrom(...Object.keys(PRIORITIES))),
    isHeavy: inPercent(10),
    schedulingGates: sometimes(2, fc.constant([{ name: 'example.com/gate' }])),
    volume: sometimes(
      15,
      fc.record({
        accessMode: fc.constantFrom('ReadWriteOncePod', 'ReadWriteOnce', 'ReadWriteMany'),
        isLabelled: fc.boolean(),
        isZonal: inPercent(70),
      }),
    ),
    budget: sometimes(40, fc.integer({ min: 0, max: 6 })),
  })
  .map(({ namespace, ownerKind, volume, budget, containers, isHeavy, ...rest }) => {
    const { nodeAffinity: nodes, podAffinity, podAntiAffinity, ...spec } = rest;
    return {
      namespace,
      ownerKind,
      volume,
      budget,
      spec: present({
        ...containers,
        ...spec,
        affinity: present({ nodeAffinity: nodes, podAffinity, podAntiAffinity }),
        runtimeClassName: isHeavy ? HEAVY_RUNTIME : undefined,
        terminationGracePeriodSeconds: 30,
      }),
    };
  });
