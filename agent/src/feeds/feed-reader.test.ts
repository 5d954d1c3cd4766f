import { expect, test } from 'vitest';
import { scrubPolicy } from '../scrub/scrub-policy.ts';
import { feedReader } from './feed-reader.ts';
import { allFeeds, type FeedSpec } from './feeds.ts';

const specs = allFeeds({ configMapNamespaces: ['shop'], readRbac: true, readIngress: true });
const choices = { scrubReenable: [], annotationPrefixes: [], compatFullObjects: false };
const options = { scrub: scrubPolicy(choices), encoding: 'auto' as const, counter: { onUnknownField: () => {} } };

/** The groups in which Kubernetes' own kinds are. */
const isBuiltIn = ({ group }: FeedSpec): boolean =>
  !group.includes('.') ||
  /^(?:networking|node|policy|rbac\.authorization|resource|scheduling|storage)\.k8s\.io$/u.test(group);

test("every kind of Kubernetes' own is read as protobuf in every version that the agent knows, and no other kind is", () => {
  const readerOf = feedReader(options);
  const read = specs.flatMap((spec) => spec.versions.map((version) => [spec, readerOf(spec, version)] as const));
  expect(read.filter(([spec, reader]) => isBuiltIn(spec) !== (reader !== undefined))).toEqual([]);
  expect(read.filter(([, reader]) => reader !== undefined).length).toBeGreaterThan(40);
});

test('where everything of an object may leave, and where an operator says so, it is read as JSON', () => {
  const full = { ...options, scrub: scrubPolicy({ ...choices, compatFullObjects: true }) };
  for (const readerOf of [feedReader(full), feedReader({ ...options, encoding: 'json' })]) {
    expect(specs.filter((spec) => readerOf(spec, spec.versions[0]) !== undefined)).toEqual([]);
  }
});
