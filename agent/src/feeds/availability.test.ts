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
  it('names the versions that are served and known, preferred first', () => {
    const resources = [served('v1beta1'), served('v2'), served('v1')];
    expect(availabilityOf(spec, { resources, stale: fresh })).toEqual({ is: 'served', versions: ['v1', 'v1beta1'] });
    expect(availabilityOf(spec, { resources: [served('v1beta1')], stale: fresh })).toEqual({
      is: 'served',
      versions: ['v1beta1'],
    });
  });

  it('is absent when discovery does not list it, in no version', () => {
    expect(availabilityOf(spec, { resources: [], stale: fresh })).toEqual({ is: 'absent' });
  });

  it('is unsupported, never absent, in versions that the agent does not know, and says what cures that', () => {
    expect(availabilityOf(spec, { resources: [served('v2'), served('v3alpha1')], stale: fresh })).toEqual({
      is: 'unsupported',
      versions: ['v2', 'v3alpha1'],
      reason: 'served in v2, v3alpha1, this agent knows v1, v1beta1: upgrade it',
    });
  });

  it('is unsupported, never absent, without the verbs that it needs', () => {
    const resources = [served('v1', ['list'])];
    expect(availabilityOf(spec, { resources, stale: fresh })).toEqual({
      is: 'unsupported',
      versions: ['v1'],
      reason: 'served without the verbs list and watch',
    });
    expect(availabilityOf({ ...spec, mode: 'poll' }, { resources, stale: fresh })).toEqual({
      is: 'served',
      versions: ['v1'],
    });
  });

  it('is unknown, never absent, while the server of its API does not answer (C49)', () => {
    for (const stale of ['karpenter.sh/v1', 'karpenter.sh/v7']) {
      expect(availabilityOf(spec, { resources: [], stale: new Set([stale]) })).toEqual({ is: 'unknown' });
    }
    expect(availabilityOf(spec, { resources: [], stale: new Set(['v1', 'karpenter.sh.example/v1']) })).toEqual({
      is: 'absent',
    });
  });
});
