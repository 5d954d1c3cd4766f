import { expect, it } from 'vitest';
import { feedLint } from './feed-lint.ts';

const POD = { group: '', kind: 'Pod' };
const judge = (choices: { lint?: boolean; skipNamespaces?: readonly string[] }, namespace: string) => {
  const config = { lint: true, platformWire: 'ingest', skipNamespaces: [], ...choices } as const;
  const lint = feedLint(config, { specs: [POD], onError: () => undefined });
  const spec = { containers: [{ name: 'c', securityContext: { privileged: true } }] };
  return lint?.judge(POD)?.({ metadata: { name: 'a', namespace }, spec });
};

it('judges what is not of a namespace that is skipped, and nothing where an operator wants none', () => {
  expect(judge({}, 'shop')).toContain('privileged-container');
  expect(judge({ skipNamespaces: ['hr'] }, 'shop')).toContain('privileged-container');
  expect(judge({ skipNamespaces: ['hr'] }, 'hr')).toBeUndefined();
  expect(judge({ lint: false }, 'shop')).toBeUndefined();
});
