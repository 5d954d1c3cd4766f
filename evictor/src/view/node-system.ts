import { type Part, textIn } from '@castai/shared/kube/read-value.ts';

/** What runs on a node beneath its pods. */
export interface NodeSystem {
  readonly kubeletVersion: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly containerRuntimeVersion: string;
  /** Azure's dates of the live patches that are wanted and that are in place; empty where there are none. */
  readonly patchWanted: string;
  readonly patchCurrent: string;
}

/** Reads it from `status.nodeInfo` and the annotations of a Node. */
export function readSystem(info: Part, annotations: Part): NodeSystem {
  return {
    kubeletVersion: textIn(info['kubeletVersion']),
    osImage: textIn(info['osImage']),
    kernelVersion: textIn(info['kernelVersion']),
    containerRuntimeVersion: textIn(info['containerRuntimeVersion']),
    patchWanted: textIn(annotations[`${PATCH}-golden-timestamp`]),
    patchCurrent: textIn(annotations[`${PATCH}-current-timestamp`]),
  };
}

const PATCH = 'kubernetes.azure.com/live-patching';
