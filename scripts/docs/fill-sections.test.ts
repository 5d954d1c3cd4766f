import { expect, test } from 'vitest';
import { fillSections } from './fill-sections.ts';

const MADE = new Map([
  ['agent options', '| A |'],
  ['agent metrics', '| $& |'],
]);
const fill = (text: string, used = new Set<string>()): string => fillSections(text, MADE, used);

test('what stands between the marks is replaced by the section of that name, everything else stays', () => {
  const used = new Set<string>();
  const text = [
    'Before.',
    '<!-- generated: agent options -->',
    'old',
    'older',
    '<!-- end of generated -->',
    'Between.',
    '<!-- generated: agent metrics -->',
    '<!-- end of generated -->',
    '',
  ].join('\n');
  expect(fill(text, used).split('\n')).toEqual([
    'Before.',
    '<!-- generated: agent options -->',
    '| A |',
    '<!-- end of generated -->',
    'Between.',
    '<!-- generated: agent metrics -->',
    '| $& |',
    '<!-- end of generated -->',
    '',
  ]);
  expect(used).toEqual(new Set(['agent options', 'agent metrics']));
});

test('a place for what nobody makes, and a place without an end, are mistakes', () => {
  expect(() => fill('<!-- generated: agent colours -->\n<!-- end of generated -->')).toThrow(
    'nobody makes a section "agent colours"; there are: agent options, agent metrics',
  );
  expect(() => fill('<!-- generated: agent options -->\nold')).toThrow('a generated section has no end');
});
