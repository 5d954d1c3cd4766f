import { describe, expect, it } from 'vitest';
import { identifyUnreadable } from './unreadable-object.ts';

describe('the identity of an object that cannot be read', () => {
  it('is taken from its beginning, and from its own metadata only', () => {
    const f = (text: string, expected: readonly [kind: string, namespace: string, name: string]): void => {
      const { kind, namespace, name } = identifyUnreadable(text, 0);
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
    const identity = '"name":"web-1","namespace":"shop","uid":"u-1","resourceVersion":"77"';
    const owner = '"ownerReferences":[{"name":"web","uid":"u-0"}]';
    const text = `{"type":"ADDED","object":{"kind":"Pod","metadata":{${owner},${identity}},"spec":`;
    expect(identifyUnreadable(text, 1)).toEqual({
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-1',
      uid: 'u-1',
      resourceVersion: '77',
    });
  });

  it('costs no more than the beginning of a large one, and quotes no more than a name may have', () => {
    const behind = (length: number): string => `{"metadata":{"annotations":{"a":"${'x'.repeat(length)}"},"name":"me"}}`;
    expect(identifyUnreadable(behind(256 * 1024), 0).name).toBe('me');
    expect(identifyUnreadable(behind(400_000), 0).name).toBe('');
    expect(identifyUnreadable(`{"metadata":{"name":"${'n'.repeat(999)}"}}`, 0).name).toHaveLength(253);
  });
});
