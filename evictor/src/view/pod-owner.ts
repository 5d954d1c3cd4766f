import { type Part, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';

/** The controller of a pod. */
export interface PodOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Whoever makes an object anew, by its metadata; undefined: nobody does. */
export function controllerOf(metadata: Part): PodOwner | undefined {
  const owner = recordsIn(metadata['ownerReferences']).find(({ controller }) => controller === true);
  return owner && { kind: textIn(owner['kind']), name: textIn(owner['name']), uid: textIn(owner['uid']) };
}
