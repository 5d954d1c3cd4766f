import type { PodRecord } from '../view/pod-record.ts';
import type { VolumeRecord } from '../view/volume-record.ts';
import { nameOf, type Placement } from './placement.ts';
import type { PlacedNode } from './placed-node.ts';

/** Which volumes pods use, and who shares a claim. */
export class ClaimUse {
  readonly #placement: Placement;
  /** Pods that use a claim, by `namespace/claim`. */
  readonly #users = new Map<string, PodRecord[]>();
  /** Of the nodes that were asked about. */
  readonly #onNode = new Map<number, ReadonlyMap<string, ReadonlySet<string>>>();

  constructor(placement: Placement) {
    this.#placement = placement;
    const all = [...placement.nodes.flatMap(({ pods }) => pods), ...placement.pending];
    for (const pod of all) {
      for (const claim of pod.claims) {
        const key = `${pod.namespace}/${claim}`;
        this.#users.set(key, [...(this.#users.get(key) ?? []), pod]);
      }
    }
  }

  /** The volumes of a pod that are known. */
  volumes({ namespace, claims }: PodRecord): VolumeRecord[] {
    return claims.flatMap((name) => {
      const claim = this.#placement.claims.get(`${namespace}/${name}`);
      const volume = claim && this.#placement.volumes.get(claim.volumeName);
      return volume === undefined ? [] : [volume];
    });
  }

  /** How many volumes of a driver a pod may bring: a claim of which nothing is known can be one of any. */
  mostOf(pod: PodRecord, driver: string): number {
    const volumes = this.volumes(pod);
    return (handlesByDriver(volumes).get(driver)?.size ?? 0) + pod.claims.length - volumes.length;
  }

  /** Claims of a node's pods of which nothing is known. */
  unknownOn({ pods }: PlacedNode): number {
    return pods.reduce((sum, pod) => sum + pod.claims.length - this.volumes(pod).length, 0);
  }

  /** Why the volumes of a pod let nothing be concluded, one for each claim at most; none where they do. */
  problems(pod: PodRecord): string[] {
    return pod.claims.flatMap((name) => this.#problem(pod, `${pod.namespace}/${name}`) ?? []);
  }

  #problem(pod: PodRecord, key: string): string | undefined {
    const claim = this.#placement.claims.get(key);
    if (claim === undefined) return `claim ${key} is not known`;
    if (claim.isEnding) return `claim ${key} is being deleted`;
    if (!claim.isBound) return `claim ${key} is not bound`;
    const volume = this.#placement.volumes.get(claim.volumeName);
    if (volume === undefined) return `volume ${claim.volumeName} of claim ${key} is not known`;
    if (volume.unknown.length > 0) return `volume ${volume.name} says ${volume.unknown.join(', ')}`;
    const isShareable = claim.accessModes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
    const sharer = isShareable ? undefined : this.#users.get(key)?.find(({ uid }) => uid !== pod.uid);
    return sharer && `claim ${key} is used by ${nameOf(sharer)} as well, and can be on one node only`;
  }

  /** Handles of the volumes on a node, by driver. */
  onNode({ index, pods }: PlacedNode): ReadonlyMap<string, ReadonlySet<string>> {
    let byDriver = this.#onNode.get(index);
    if (byDriver === undefined)
      this.#onNode.set(index, (byDriver = handlesByDriver(pods.flatMap((pod) => this.volumes(pod)))));
    return byDriver;
  }
}

/** Handles of volumes by driver; those without a driver have no limit. */
export function handlesByDriver(volumes: readonly VolumeRecord[]): Map<string, Set<string>> {
  const byDriver = new Map<string, Set<string>>();
  for (const { driver, handle } of volumes) {
    if (driver === '') continue;
    byDriver.set(driver, (byDriver.get(driver) ?? new Set()).add(handle));
  }
  return byDriver;
}
