import { must } from '@castai/shared/errors.ts';
import { expect, test } from 'vitest';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { protobufMessage } from './render.ts';
import { protobufRenderer } from './render-protobuf.ts';
import type { Renderer } from './renderer.ts';
import { BUILT_IN_RESOURCES } from './resource-type.ts';
import { encodeObject, touchedObject } from './stored-object.ts';

const PODS = must(
  BUILT_IN_RESOURCES.find(({ kind }) => kind === 'Pod'),
  'pods',
);

function renderer(isMetadataOnly: boolean): Renderer {
  return protobufRenderer(
    { type: PODS, apiVersion: 'v1', kind: 'Pod', isMetadataOnly },
    must(protobufMessage(PODS, 'v1'), 'a table of pods'),
  );
}

function podAt(resourceVersion: string) {
  const pod = must(
    [...sampleCluster({ seed: 1, nodes: 1, pods: 5 })].find(({ kind }) => kind === 'Pod'),
    'a pod',
  );
  // Its version stands in its name as well, and is none there.
  const metadata = { ...pod.metadata, name: 'pod-2-999', generateName: 'resourceVersion-999', resourceVersion };
  return encodeObject(PODS, { ...pod, metadata }, Number(resourceVersion));
}

test.each([false, true])(
  'a version that differs in its number alone is what it is when made anew; metadata only: %s',
  (isMetadataOnly) => {
    const kept = renderer(isMetadataOnly);
    const first = podAt('999');
    // Forward, back, and to more digits.
    for (const version of ['999', '998', '999', '1000', '1001']) {
      const touched = touchedObject(first, { revision: Number(version), resourceVersion: version });
      expect(kept.single(touched)).toEqual(renderer(isMetadataOnly).single(podAt(version)));
    }
  },
);
