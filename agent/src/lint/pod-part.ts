import { type Part, partAt, partsAt } from './read-part.ts';

/** A container, of any sort. */
export type Container = Record<string, unknown>;

/** The specification of a pod, wherever in an object it stands. Read as far as a rule asks, and once. */
export class PodPart {
  readonly spec: Part;
  #regular: readonly Container[] | undefined;
  #all: readonly Container[] | undefined;

  constructor(spec: Part) {
    this.spec = spec;
  }

  /** Those that run as long as the pod does. */
  get regularContainers(): readonly Container[] {
    this.#regular ??= partsAt(this.spec, 'containers');
    return this.#regular;
  }

  /** Regular ones, those that run before them, and those that somebody put in to look around. */
  get containers(): readonly Container[] {
    this.#all ??= [
      ...partsAt(this.spec, 'initContainers'),
      ...this.regularContainers,
      ...partsAt(this.spec, 'ephemeralContainers'),
    ];
    return this.#all;
  }

  /** Whether any container of whatever sort is such. */
  someContainer(isSuch: (container: Container) => boolean): boolean {
    return this.containers.some(isSuch);
  }

  /** Whether any container of whatever sort has such a security context; without one it is `undefined`. */
  someContext(isSuch: (context: Part) => boolean): boolean {
    return this.containers.some((container) => isSuch(partAt(container, 'securityContext')));
  }
}
