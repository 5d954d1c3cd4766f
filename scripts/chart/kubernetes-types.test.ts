import { expect, test } from 'vitest';
import { KUBERNETES_BOUNDS } from './kubernetes-bounds.ts';
import { type Components, kubernetesTypes, ROOT_TYPES } from './kubernetes-types.ts';

const NAMES = [...new Set([...ROOT_TYPES, ...Object.keys(KUBERNETES_BOUNDS)])];

/** An API server's answer with every type that is asked for, and in one of them these fields. */
function served(name: string, schema: object): Components {
  const types = NAMES.map((one) => {
    const fields = Object.keys(KUBERNETES_BOUNDS[one]?.fields ?? {}).map((field) => [field, { type: 'string' }]);
    return [`io.k8s.api.core.v1.${one}`, { type: 'object', properties: Object.fromEntries(fields) }];
  });
  // The first root refers to every other type, so that all of them are reached.
  const references = NAMES.map((one) => [one, { $ref: `#/components/schemas/io.k8s.api.core.v1.${one}` }]);
  const all = Object.fromEntries(types) as Record<string, object>;
  all['io.k8s.api.core.v1.Affinity'] = { properties: Object.fromEntries(references) };
  return { ...all, [`io.k8s.api.core.v1.${name}`]: schema } as Components;
}

test('a type is closed, an absent field may be null, an enum has the empty word, and the first sentence stays', () => {
  const toleration = {
    description: 'First. Second.\nMore.',
    required: ['key'],
    properties: {
      key: { type: 'string' },
      operator: { type: 'string', enum: ['Exists'], description: 'Of v1.2 and later. Not this.' },
      amount: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity' }] },
      inner: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Probe' }], description: 'Inner.' },
    },
  };
  expect(kubernetesTypes(served('Toleration', toleration))['Toleration']).toMatchObject({
    description: 'First.',
    type: ['object', 'null'],
    additionalProperties: false,
    required: ['key'],
    properties: {
      key: { type: 'string' },
      operator: { description: 'Of v1.2 and later.', type: ['string', 'null'] },
      amount: { type: ['string', 'number', 'null'] },
      inner: { description: 'Inner.', $ref: '#/definitions/Probe' },
    },
  });
});

test('a bound of a type or field that the API server does not have any more is an error, not forgotten', () => {
  const without = served('Toleration', { properties: {} });
  expect(() => kubernetesTypes(without)).toThrow('Toleration has no field operator');
  const none = Object.fromEntries(Object.entries(without).filter(([name]) => !name.endsWith('.Volume')));
  expect(() => kubernetesTypes(none)).toThrow(/no type Volume|no field/u);
});
