import { describe, expect, it } from 'vitest';
import { allFeeds, type FeedSpec } from '../feeds/feeds.ts';
import { scrubPolicy } from './scrub-policy.ts';

/** The feed of the pods. */
function podsFeed(): FeedSpec {
  const feeds = allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true });
  const found = feeds.find(({ resource }) => resource === 'pods');
  if (found === undefined) throw new Error('there is no feed of pods');
  return found;
}
const PODS = podsFeed();

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'shop-0', uid: 'u-1', annotations: { 'example.com/team': 'blue' } },
  spec: { containers: [{ name: 'shop', image: 'shop:1', args: ['--password=hunter2'] }] },
};

/** What leaves of the pod, as text, and the version that tells the platform of its shape. */
function under(scrubReenable: string[], annotationPrefixes: string[] = [], compatFullObjects = false) {
  const policy = scrubPolicy({ scrubReenable, annotationPrefixes, compatFullObjects });
  return { leaves: JSON.stringify(policy.scrubber(PODS)(POD)), version: policy.version(PODS) };
}

describe('the policy of a feed', () => {
  it('lets out what the operator re-enables, and nothing of it otherwise', () => {
    expect(under([]).leaves).toContain('"image":"shop:1"');
    expect(under([]).leaves).not.toContain('hunter2');
    expect(under(['args']).leaves).toContain('hunter2');
    expect(under([]).leaves).not.toContain('blue');
    expect(under([], ['example.com/']).leaves).toContain('"example.com/team":"blue"');
  });

  it('is nearly everything where that is asked for, and still no arguments', () => {
    const full = under([], [], true);
    expect(full.leaves).toContain('"example.com/team":"blue"');
    expect(full.leaves).not.toContain('hunter2');
    expect(under(['args'], [], true).leaves).toContain('hunter2');
    expect(full.version).not.toBe(under([]).version);
  });

  it('is made once for objects in protobuf, whoever asks and how often', () => {
    const policy = scrubPolicy({ scrubReenable: [], annotationPrefixes: [], compatFullObjects: false });
    expect(policy.protobufScrubber?.(PODS)).toBeDefined();
    expect(policy.protobufScrubber?.(PODS)).toBe(policy.protobufScrubber?.(PODS));
  });

  it('has another version wherever the shape of the data is another, so that the platform asks for a snapshot', () => {
    const versions = [under([]), under(['args']), under([], ['example.com/'])].map(({ version }) => version);
    expect(new Set(versions).size).toBe(3);
    expect(under([]).version).toBe(under([]).version);
    // A switch that concerns other kinds changes nothing here.
    expect(under(['nodeImages']).version).toBe(under([]).version);
  });
});
