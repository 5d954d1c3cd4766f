import { describe, expect, it } from 'vitest';
import { availabilityOf } from './availability.ts';
import type { FeedSpec } from './feeds.ts';

const spec: FeedSpec = {
  name: 'nodepools.karpenter.sh',
  group: 'karpenter.sh',
  versions: ['v1', 'v1beta1'],
  resource: 'nodepools',
  kind: 'NodePool',
  mode: 'watch',
  namespace: '',
  fieldSelector: '',
  scrub: 'metadataOnly',
  priority: 1,
};
const served = (version: string, verbs = ['get', 'list', 'watch']) => ({
  group: 'karpenter.sh',
  version,
  resource: 'nodepools',
  kind: 'NodePool',
  namespaced: false,
  verbs,
});
const fresh = new Set<string>();

describe('availability of a feed', () => {
  it('takes the preferred version of those that are served', () => {
    const resources = [served('v1beta1'), served('v1')];
    expect(availabilityOf(spec, { resources, stale: fresh })).toEqual({ is: 'served', version: 'v1' });
    expect(availabilityOf(spec, { resources: [served('v1beta1')], stale: fresh })).toEqual({
      is: 'served',
      version: 'v1beta1',
    });
  });

  it('is absent when discovery does not list it, or not with the verbs it needs', () => {
    expect(availabilityOf(spec, { resources: [], stale: fresh })).toEqual({ is: 'absent' });
    expect(availabilityOf(spec, { resources: [served('v1', ['list'])], stale: fresh })).toEqual({ is: 'absent' });
    expect(availabilityOf({ ...spec, mode: 'poll' }, { resources: [served('v1', ['list'])], stale: fresh })).toEqual({
      is: 'served',
      version: 'v1',
    });
  });

  it('is unknown, never absent, while the server of its API does not answer (C49)', () => {
    expect(availabilityOf(spec, { resources: [], stale: new Set(['karpenter.sh/v1']) })).toEqual({ is: 'unknown' });
  });
});
