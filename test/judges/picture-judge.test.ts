import { expect, test } from 'vitest';
import { PictureJudge, type PictureObject } from './picture-judge.ts';

const pod = (changes: Partial<PictureObject> = {}): PictureObject => ({
  uid: 'u1',
  name: 'shop/web',
  resourceVersion: '7',
  version: 'v1',
  body: '{"a":1,"b":2}',
  ...changes,
});

interface Readings {
  readonly before?: PictureObject;
  readonly platform?: PictureObject;
  readonly after?: string;
}

function judge({ before, platform, after }: Readings): unknown {
  const book = new PictureJudge();
  if (before) book.before('pods', before);
  if (platform) book.platform('pods', platform);
  if (after !== undefined) book.after('pods', 'u1', after);
  return book.verdict();
}

const EQUAL = { equal: 1, moving: 0, differences: [] };
const MOVING = { equal: 0, moving: 1, differences: [] };
const differing = (what: string) => ({
  equal: 0,
  moving: 0,
  differences: [{ feed: 'pods', name: 'shop/web', uid: 'u1', what }],
});

test('an object that stayed the same must be at the platform in that state', () => {
  expect(judge({ before: pod(), platform: pod(), after: '7' })).toEqual(EQUAL);
  expect(judge({ before: pod(), platform: pod({ body: '{"b":2,"a":1}' }), after: '7' })).toEqual(EQUAL);
  expect(judge({ before: pod(), after: '7' })).toEqual(differing('the cluster has it, the platform does not'));
  expect(judge({ platform: pod() })).toEqual(differing('the platform has it, the cluster does not'));
  expect(judge({ before: pod(), platform: pod({ resourceVersion: '6' }), after: '7' })).toEqual(
    differing('resourceVersion is 7 in the cluster, 6 at the platform'),
  );
  expect(judge({ before: pod(), platform: pod({ version: 'v2' }), after: '7' })).toEqual(
    differing('version is v1 in the cluster, v2 at the platform'),
  );
  expect(judge({ before: pod(), platform: pod({ body: '{"a":1}' }), after: '7' })).toEqual(
    differing('cluster here, platform there: b: 2 here, nothing there'),
  );
});

test('of what does not say its version only the content is compared', () => {
  expect(judge({ before: pod(), platform: pod({ resourceVersion: '', version: '' }), after: '7' })).toEqual(EQUAL);
});

test('nothing is said about an object that changed while it was looked at', () => {
  expect(judge({ before: pod(), platform: pod(), after: '8' })).toEqual(MOVING);
  expect(judge({ before: pod(), platform: pod() })).toEqual(MOVING);
  expect(judge({ before: pod() })).toEqual(MOVING);
  expect(judge({ platform: pod(), after: '7' })).toEqual(MOVING);
  expect(judge({ after: '7' })).toEqual(MOVING);
});

test('the same uid in two feeds is two objects', () => {
  const both = new PictureJudge();
  for (const feed of ['events/a', 'events/b']) {
    both.before(feed, pod());
    both.after(feed, 'u1', '7');
  }
  both.platform('events/a', pod());
  expect(both.verdict()).toMatchObject({ equal: 1, differences: [{ feed: 'events/b' }] });
});
