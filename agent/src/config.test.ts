import { expect, test } from 'vitest';
import { parseOptions } from '@castai/shared/config/env.ts';
import { AGENT_OPTIONS } from './config.ts';

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
