import { jsonItem, type KubeItem } from '@castai/shared/kube/kube-item.ts';
import { describe, expect, it } from 'vitest';
import { RULES } from '../scrub/rules.ts';
import { scrubPolicy } from '../scrub/scrub-policy.ts';
import { allFeeds } from './feeds.ts';
import { keepLastKnown } from './keep-last-known.ts';

const specs = allFeeds({ configMapNamespaces: [], readRbac: false, readIngress: false, skipFeeds: [] }).slice(0, 2);
const object = {
  metadata: { name: 'cart', uid: 'u-1', resourceVersion: '9' },
  spec: { nodeName: 'n', containers: [{ name: 'main', command: ['secret'] }] },
};
const event = (type: string): KubeItem => Object.assign(jsonItem(object), { type });

describe('last known object', () => {
  for (const compatFullObjects of [false, true]) {
    const scrub = scrubPolicy({ scrubReenable: [], annotationPrefixes: [], compatFullObjects });

    it(`is what may leave of an object that a watch says is gone (${compatFullObjects ? 'full objects' : 'scrubbed'})`, () => {
      let isTold = true;
      const keep = keepLastKnown({ specs, scrub, isTold: () => isTold });
      const text = Buffer.from(keep(2, event('DELETED')) ?? []).toString();
      expect(JSON.parse(text)).toEqual({
        metadata: { name: 'cart', uid: 'u-1' },
        spec: { nodeName: 'n', containers: [{ name: 'main' }] },
      });
      // As good as gone is not gone: nothing of it may leave.
      expect(keep(2, event('MODIFIED'))).toBeUndefined();
      expect(keep(9, event('DELETED'))).toBeUndefined();
      isTold = false;
      expect(keep(2, event('DELETED'))).toBeUndefined();
    });

    it(`begins with its metadata, where items of deltas are completed, for every rule (${String(compatFullObjects)})`, () => {
      for (const name of Object.keys(RULES) as (keyof typeof RULES)[]) {
        const [spec] = specs;
        const body = spec && scrub.scrubber({ ...spec, scrub: name })(object);
        expect(`${name} ${JSON.stringify(body).slice(0, 13)}`).toBe(`${name} {"metadata":{`);
      }
    });
  }

  it('is left out where scrubbing fails: the object is gone all the same', () => {
    const scrubber = () => () => {
      throw new Error('a bug');
    };
    const keep = keepLastKnown({ specs, scrub: { scrubber, version: () => 1 }, isTold: () => true });
    expect(keep(2, event('DELETED'))).toBeUndefined();
  });
});
