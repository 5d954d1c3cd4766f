import { expect, test } from 'vitest';
import { type Facts, factsOf } from './facts.ts';
import { testNotification } from './notification.ts';
import { parseTemplate } from './template.ts';

const facts = (more: Partial<Facts> = {}): Facts => ({ ...factsOf(testNotification('1', 0)), ...more });
const f = (document: unknown, more: Partial<Facts> = {}): unknown => parseTemplate(document)(facts(more));
const NASTY = 'a "quote", a \\ and a\nnewline, </script> and {{summary}}';

test('a text that is a placeholder becomes the value, and within a longer text it becomes text', () => {
  const cluster = { id: '1', name: 'shop', provider: 'aks' };
  expect(
    f(
      {
        a: '{{cluster}}',
        b: '{{ cluster.name }}',
        c: '[{{severity}}] {{cluster.name}}: {{summary}}',
        d: ['{{isTest}}'],
      },
      { cluster, summary: 'down' },
    ),
  ).toEqual({ a: cluster, b: 'shop', c: '[warning] shop: down', d: [true] });
  expect(f('{{endsAt}}')).toBe(null);
  expect(f('until {{endsAt}}.')).toBe('until .');
  expect(f('{{cluster}}!', { cluster })).toBe('{"id":"1","name":"shop","provider":"aks"}!');
});

test('whatever is in a message, the document stays what it is', () => {
  const body = JSON.stringify(f({ one: '{{summary}}', more: 'it says: {{summary}}' }, { summary: NASTY }));
  expect(JSON.parse(body)).toEqual({ one: NASTY, more: `it says: ${NASTY}` });
});

test('what is no text is left as it is', () => {
  const document = { number: 1.5, yes: true, none: null, list: [1, [2]], empty: '', brace: '{ } {a}' };
  expect(f(document)).toEqual(document);
});

test('names that mean something to JavaScript are names', () => {
  const document: unknown = JSON.parse('{"__proto__": "{{status}}", "constructor": 1}');
  expect(JSON.stringify(f(document))).toBe('{"__proto__":"firing","constructor":1}');
});

test('what cannot work is refused when it is read, and said where', () => {
  const refused = (document: unknown): string => {
    try {
      parseTemplate(document);
      return 'taken';
    } catch (error) {
      return String(error);
    }
  };
  expect(refused({ a: [{ b: '{{nothing}}' }] })).toBe(
    'RangeError: template.a[0].b: there is no {{nothing}}, only id, episode, status, kind, severity, cluster, cluster.id, ' +
      'cluster.name, cluster.provider, summary, reason, cure, startsAt, endsAt, timestamp, isTest',
  );
  expect(refused('{{constructor}}')).toContain('there is no {{constructor}}');
  expect(refused('{{cluster.name.length}}')).toContain('there is no {{cluster.name.length}}');
  expect(refused('{{}}')).toContain('there is no {{}}');
  expect(refused({ a: 'x {{summary' })).toBe('RangeError: template.a: a {{ without its }}, or the other way round');
  expect(refused('summary}}')).toContain('without its }}');
  expect(refused('{{{summary}}}')).toBe('taken');
  expect(refused({ '{{kind}}': 1 })).toBe('RangeError: template: a placeholder in the name "{{kind}}": values only');
  expect(refused(JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`))).toContain('deeper than 32 levels');
});
