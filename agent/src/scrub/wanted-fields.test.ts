import { expect, test } from 'vitest';
import type { WantedFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import {
  fields,
  from,
  labels,
  list,
  map,
  number,
  oversized,
  quantity,
  summary,
  text,
  when,
  whereOr,
  type ScrubOptions,
} from './shape.ts';
import { wantedByBoth, wantedFields } from './wanted-fields.ts';

const OPTIONS: ScrubOptions = { reenable: new Set(), annotationPrefixes: [] };

/** With plain objects in place of maps. */
function plain(wanted: WantedFields): unknown {
  return wanted === 'all' ? 'all' : Object.fromEntries([...wanted].map(([key, value]) => [key, plain(value)]));
}

test('the fields of the policy are wanted, in lists and maps as well, and no others', () => {
  const shape = fields({
    metadata: fields({ labels }),
    spec: fields({
      parts: list(fields({ name: text, limits: map(quantity) })),
      rules: map(fields({ weight: number })),
    }),
    subjects: summary('subjects'),
  });
  expect(plain(wantedFields(shape, OPTIONS))).toEqual({
    metadata: { labels: 'all' },
    spec: { parts: { name: 'all', limits: 'all' }, rules: { weight: 'all' } },
    subjects: 'all',
  });
});

test('what an operator has not let out is not read', () => {
  const shape = fields({
    name: text,
    env: when('envValues', text),
    ports: when('args', text, fields({ port: number })),
  });
  expect(plain(wantedFields(shape, OPTIONS))).toEqual({ name: 'all', ports: { port: 'all' } });
  const open = { ...OPTIONS, reenable: new Set(['envValues', 'args'] as const) };
  expect(plain(wantedFields(shape, open))).toEqual({ name: 'all', env: 'all', ports: 'all' });
});

test('what a field is made of is wanted, and what it depends on', () => {
  const shape = fields({
    left: from('annotations', oversized),
    value: whereOr('type', { A: fields({ a: text }), 'B C': fields({ b: text }) }, fields({ other: text })),
  });
  expect(plain(wantedFields(shape, OPTIONS))).toEqual({
    annotations: 'all',
    type: 'all',
    value: { a: 'all', b: 'all', other: 'all' },
  });
});

test('two who want something get what either wants', () => {
  const one: WantedFields = new Map([['spec', new Map([['a', 'all']])]]);
  const other: WantedFields = new Map<string, WantedFields>([
    ['spec', new Map([['b', new Map([['c', 'all']])]])],
    ['status', 'all'],
  ]);
  expect(plain(wantedByBoth(one, other))).toEqual({ spec: { a: 'all', b: { c: 'all' } }, status: 'all' });
  expect(wantedByBoth(one, 'all')).toBe('all');
});
