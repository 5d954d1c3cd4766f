import { expect, test } from 'vitest';
import { parseOptions } from '@castai/shared/config/env.ts';
import { AGENT_OPTIONS } from './config.ts';

/** What is said of these feeds, or those that are taken. */
function skipped(text: string): unknown {
  const environment = { API_URL: 'https://api.example.com', API_KEY: 'key', SKIP_FEEDS: text };
  try {
    return parseOptions(AGENT_OPTIONS, { environment, readFile: () => '', prefixes: [] }).config.skipFeeds;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

test('feeds are left out by their names, and a name of none, of nodes or of pods is an error', () => {
  const names = ['services', 'events/oom', 'rolebindings.rbac.authorization.k8s.io'];
  expect(skipped(names.join(', '))).toEqual(names);
  for (const none of ['nodes', 'pods', 'service', 'secrets', 'servicesx', 'rolebindings', 'eventsxoom', '*']) {
    expect([none, skipped(none)]).toEqual([none, expect.stringContaining('nodes and pods are always read')]);
  }
});

/** What is said of these annotations, or those that are taken. */
function annotations(text: string): unknown {
  const environment = { API_URL: 'https://api.example.com', API_KEY: 'key', ANNOTATION_PREFIXES: text };
  const sources = { environment, readFile: () => '', prefixes: [] };
  try {
    return parseOptions(AGENT_OPTIONS, sources).config.annotationPrefixes;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

test('annotations are let out by prefixes and domains, never all of them', () => {
  expect(annotations('example.com/,*.example.com/, team')).toEqual(['example.com/', '*.example.com/', 'team']);
  for (const everything of ['*', '*.', 'example.com/*', '.', '*.*']) {
    expect([everything, annotations(everything)]).toEqual([
      everything,
      expect.stringContaining('all annotations cannot be let out'),
    ]);
  }
});
