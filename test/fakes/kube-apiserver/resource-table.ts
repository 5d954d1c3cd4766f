import { BUILT_IN_RESOURCES, type ResourceType, apiVersionOf, resourceTypeId } from './resource-type.ts';

/** Which kinds the server serves at the moment; custom ones come and go. */
export class ResourceTable {
  readonly #types = new Map<string, ResourceType>();
  #generation = 0;

  constructor(types: Iterable<ResourceType> = BUILT_IN_RESOURCES) {
    for (const type of types) this.add(type);
  }

  /** Rises with every change, so that what was computed from the table can be kept until then. */
  get generation(): number {
    return this.#generation;
  }

  /** Serves a kind from now on, in place of an earlier one of that name. */
  add(type: ResourceType): void {
    this.#types.set(resourceTypeId(type), type);
    this.#generation += 1;
  }

  /** Stops serving a kind. */
  remove(type: ResourceType): void {
    this.#types.delete(resourceTypeId(type));
    this.#generation += 1;
  }

  /** The types in the order in which they were added. */
  all(): ResourceType[] {
    return [...this.#types.values()];
  }

  /** The type served under a path; undefined when there is none. */
  find(group: string, version: string, resource: string): ResourceType | undefined {
    const type = this.#types.get(resourceTypeId({ group, resource }));
    return type !== undefined && servedVersions(type).includes(version) ? type : undefined;
  }

  /** The type with this id, as `deployments.apps`. */
  byId(id: string): ResourceType | undefined {
    return this.#types.get(id);
  }

  /** The type of objects with this apiVersion and kind. Throws an Error when the server does not know it. */
  mustFindKind(apiVersion: string | undefined, kind: string | undefined): ResourceType {
    for (const type of this.#types.values()) {
      if (type.kind !== kind) continue;
      if (servedVersions(type).some((version) => apiVersionOf(type.group, version) === apiVersion)) return type;
    }
    throw new Error(`the fake API server does not serve ${apiVersion} ${kind}`);
  }
}

/** All versions of a type, the preferred one first. */
export function servedVersions({ version, otherVersions = [] }: ResourceType): string[] {
  return [version, ...otherVersions];
}
