/** What the objects of a rich cluster are called, and what nodes and pods say of themselves. */

/** A zone is what volumes ask for as well; racks lie across zones. Some nodes have no zone or no rack. */
export const ZONE = 'topology.kubernetes.io/zone';
export const HOST = 'kubernetes.io/hostname';
export const RACK = 'example.com/rack';
/** A whole number, for `Gt` and `Lt`. */
export const GENERATION = 'example.com/generation';
export const POOL = 'pool';

export const APPS = ['red', 'green', 'blue', 'grey'] as const;
/** Namespaces, and the team that each belongs to. */
export const TEAMS = { shop: 'a', bank: 'b' } as const;
export const NAMESPACES = ['shop', 'bank'] as const;

/** An extended resource, which few nodes have. */
export const DEVICE = 'example.com/gpu';
export const DRIVER = 'csi.example.com';
/** A RuntimeClass, and what it adds to the requests of a pod. */
export const HEAVY_RUNTIME = 'heavy';
export const HEAVY_OVERHEAD = { cpu: '1', memory: '1' } as const;
/** PriorityClasses and their values; the last one never preempts. */
export const PRIORITIES = { low: -10, high: 100, patient: 100 } as const;
