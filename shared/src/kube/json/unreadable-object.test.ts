import { describe, expect, it } from 'vitest';
import { identifyUnreadable } from './unreadable-object.ts';

describe('the identity of an object that cannot be read', () => {
  it('is taken from its beginning, and from its own metadata only', () => {
    const f = (text: string, expected: readonly [kind: string, namespace: string, name: string]): void => {
      const { kind, namespace, name } = identifyUnreadable(text, 'NOT_JSON', 0);
      expect([text, kind, namespace, name]).toEqual([text, ...expected]);
    };
    f('{"kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"u"},"spec":{"nodeName":', [
      'Pod',
      'shop',
      'web-1',
    ]);
    f('{"metadata":{"annotations":{"name":"not me"},"labels":{"name":"nor me"},"name":"me"}', ['', '', 'me']);
    f('{"spec":{"metadata":{"name":"a template"}},"metadata":{"name":"me"}}', ['', '', 'me']);
    f('{"metadata":{"annotations":{"a":"\\"metadata\\":{\\"name\\":\\"x\\"}"},"name":"me","namespace":"s"', [
      '',
      's',
      'me',
    ]);
    f('{ "kind" : "Pod", "metadata" : { "name" : "spaced" } }', ['Pod', '', 'spaced']);
    f('{"metadata":{"name":null,"namespace":7}}', ['', '', '']);
    f('{]}}[[', ['', '', '']);
    f('', ['', '', '']);
  });

  it('lies one level deeper in an event', () => {
    const text = '{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"web-1","namespace":"shop"},"spec":';
    expect(identifyUnreadable(text, 'TOO_LARGE', 1)).toEqual({
      reason: 'TOO_LARGE',
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-1',
    });
  });

  it('costs no more than the beginning of a large one, and quotes no more than a name may have', () => {
    const late = `{"spec":"${'x'.repeat(100_000)}","metadata":{"name":"late"}}`;
    expect(identifyUnreadable(late, 'TOO_LARGE', 0).name).toBe('');
    expect(identifyUnreadable(`{"metadata":{"name":"${'n'.repeat(999)}"}}`, 'TOO_LARGE', 0).name).toHaveLength(253);
  });
});
