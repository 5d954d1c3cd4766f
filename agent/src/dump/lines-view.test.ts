import { expect, it } from 'vitest';
import { allFeeds } from '../feeds/feeds.ts';
import { dumpLine } from './lines-view.ts';

const spec = allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true }).find(
  ({ name }) => name === 'deployments.apps',
);
const upsert = (body: string) =>
  ({
    type: 'upsert',
    feedId: 0,
    uid: 'u',
    namespace: 'shop',
    name: 'web',
    resourceVersion: '7',
    observedAtMs: 1,
    encoding: 'JSON',
    body: Buffer.from(body),
  }) as const;
const line = (body: string, findings?: readonly string[]): string =>
  spec === undefined
    ? ''
    : dumpLine({ spec, version: 'v1' }, { upsert: { ...upsert(body), ...(findings && { findings }) } });
const IDENTITY =
  '"feed":"deployments.apps","group":"apps","version":"v1","resource":"deployments","kind":"Deployment","uid":"u","namespace":"shop","name":"web","resourceVersion":"7"';

it('holds the bytes of the body as they are, also a number that JavaScript would write in another way', () => {
  expect(line('{"a":1.50,"b":"ü\\u2028"}')).toBe(`{${IDENTITY},"body":{"a":1.50,"b":"ü\\u2028"}}\n`);
});

it('tells the rules that the object breaks, and nothing of them where it was not judged', () => {
  expect(line('{}', ['host-pid'])).toBe(`{${IDENTITY},"findings":["host-pid"],"body":{}}\n`);
  expect(line('{}', [])).toBe(`{${IDENTITY},"findings":[],"body":{}}\n`);
});

it('has no body for an object that cannot be read', () => {
  expect(line('')).toBe(`{${IDENTITY}}\n`);
});
