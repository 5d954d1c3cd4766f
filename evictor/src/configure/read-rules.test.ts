import { expect, test } from 'vitest';
import { readRules } from './read-rules.ts';

test('both forms of a setting, and both kinds of selectors', () => {
  const text = `
evictionConfig:
  - podSelector: {namespace: default, kind: Job, replicasMin: 1, labelSelector: {matchLabels: {a: b}}}
    settings: {aggressive: {enabled: true}}
  - nodeSelector: {labelSelector: {matchExpressions: [{key: k, operator: Exists}]}}
    settings: {removalDisabled: true}
  - podSelector: {}
    settings: {disposable: {enabled: false}}
`;
  expect(readRules(text)).toEqual({
    rules: [
      {
        match: {
          is: 'pod',
          namespace: 'default',
          kind: 'Job',
          replicasMin: 1,
          selector: [{ key: 'a', operator: 'In', values: ['b'] }],
        },
        setting: 'aggressive',
      },
      { match: { is: 'node', selector: [{ key: 'k', operator: 'Exists', values: [] }] }, setting: 'removalDisabled' },
    ],
    problems: [],
  });
});

test.each([
  [
    'settings that slipped into the selector, as in a text that lost its indentation',
    'evictionConfig:\n  - podSelector:\n      namespace: default\n      settings: {aggressive: true}\n',
    [
      'the file: evictionConfig[0] has no settings: what shall become of what it selects?',
      'the file: evictionConfig[0]: podSelector has settings, which is not known there (known: namespace, kind, replicasMin, labelSelector)',
    ],
  ],
  [
    'an empty namespace, which no pod has',
    'evictionConfig: [{podSelector: {namespace: "", kind: Job}, settings: {removalDisabled: true}}]',
    ['the file: evictionConfig[0]: podSelector: namespace is empty: name one, or take it out'],
  ],
  [
    'two selectors',
    'evictionConfig: [{podSelector: {}, nodeSelector: {labelSelector: {}}, settings: {disposable: true}}]',
    ['the file: evictionConfig[0] has to have exactly one of podSelector and nodeSelector'],
  ],
  [
    'a word for a boolean',
    'evictionConfig: [{podSelector: {}, settings: {disposable: "yes"}}]',
    [
      'the file: evictionConfig[0]: settings: disposable has to hold enabled',
      'the file: evictionConfig[0]: settings: disposable has to be true, false, or {enabled: true}',
    ],
  ],
  [
    'a name that YAML takes for a number',
    'evictionConfig: [{podSelector: {namespace: 123}, settings: {disposable: true}}]',
    ['the file: evictionConfig[0]: podSelector: namespace has to be text: put it in quotes'],
  ],
  ['another document', 'rules: []', ['the file has rules, which is not known there (known: evictionConfig)']],
  ['a list', '[]', ['the file has to hold evictionConfig']],
  [
    'an operator that labels do not have',
    'evictionConfig: [{nodeSelector: {labelSelector: {matchExpressions: [{key: a, operator: Like}]}}, settings: {removalDisabled: true}}]',
    [
      'the file: evictionConfig[0]: nodeSelector: labelSelector: matchExpressions[0]: operator has to be one of In, NotIn, Exists, DoesNotExist',
    ],
  ],
])('%s is refused in words', (_name, text, problems) => {
  expect(readRules(text)).toEqual({ rules: [], problems });
});

test('what is no YAML is said to be none', () => {
  expect(readRules('a: [').problems).toEqual([expect.stringMatching(/^it is no YAML: /u)]);
});

test.each(['', '# nothing yet\n', 'evictionConfig: []'])('%j has no rules', (text) => {
  expect(readRules(text)).toEqual({ rules: [], problems: [] });
});

test.each([
  ['matchLabels: {tier: 1}', 'matchLabels: tier has to be text: put it in quotes'],
  ['matchLabels: {gpu: true}', 'matchLabels: gpu has to be text: put it in quotes'],
  ['matchLabels: {tier: }', 'matchLabels: tier has to be text: put it in quotes'],
  ['matchLabels: [app, web]', 'matchLabels has to hold names and texts, one at least'],
  ['matchLabels: app=web', 'matchLabels has to hold names and texts, one at least'],
  ['matchLabels: {}', 'matchLabels has to hold names and texts, one at least'],
  ['matchLabels: ', 'matchLabels is empty: name one, or take it out'],
  ['matchExpressions: {key: a, operator: Exists}', 'matchExpressions has to be a list'],
  ['matchExpressions: []', 'matchExpressions has to hold one condition at least'],
  ['matchExpressions: [a]', 'matchExpressions[0] has to hold key, operator, values'],
  ['matchExpressions: [{operator: Exists}]', 'matchExpressions[0] has no key'],
  ['matchExpressions: [{key: a}]', 'matchExpressions[0] has no operator'],
  ['matchExpressions: [{key: a, operator: In}]', 'matchExpressions[0] has no values, and In asks for them'],
  ['matchExpressions: [{key: a, operator: In, values: b}]', 'matchExpressions[0]: values has to be a list'],
  ['matchExpressions: [{key: a, operator: NotIn, values: [1]}]', 'matchExpressions[0]: values[0] has to be text'],
  ['matchExpressions: [{key: a, operator: Exists, values: [b]}]', 'matchExpressions[0] has values, and Exists'],
  ['matchExpressions: [{key: a, operator: Exists, value: b}]', 'matchExpressions[0] has value, which is not known'],
])('a condition that cannot be meant is refused, never passed over: %s', (selector, problem) => {
  const text = `evictionConfig: [{podSelector: {labelSelector: {${selector}}}, settings: {disposable: true}}]`;
  const { rules, problems } = readRules(text);
  expect(rules).toEqual([]);
  expect(problems.join('\n')).toContain(`labelSelector: ${problem}`);
});

test.each([
  'podSelector: {namespace: }, settings: {disposable: true}',
  'podSelector: {labelSelector: }, settings: {disposable: true}',
  'podSelector: , settings: {disposable: true}',
  'podSelector: {}, settings: {disposable: true, aggressive: }',
  'podSelector: {}, settings: {disposable: {enabled: }}',
])('a name with nothing behind it is refused, because what is left out matches all: %s', (rule) => {
  expect(readRules(`evictionConfig: [{${rule}}]`)).toEqual({
    rules: [],
    problems: expect.arrayContaining([expect.stringContaining(' is empty: name one, or take it out')]) as unknown,
  });
});

test('an empty label value is one, and a selector without conditions selects all', () => {
  const text = `evictionConfig: [
    {nodeSelector: {labelSelector: {matchLabels: {role: ""}}}, settings: {removalDisabled: true}},
    {podSelector: {labelSelector: {}}, settings: {disposable: true}}]`;
  expect(readRules(text)).toMatchObject({
    rules: [{ match: { selector: [{ key: 'role', operator: 'In', values: [''] }] } }, { match: { selector: [] } }],
    problems: [],
  });
});
