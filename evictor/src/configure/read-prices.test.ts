import { expect, test } from 'vitest';
import { readPrices } from './read-prices.ts';

test('a list is read, in YAML and in JSON', () => {
  const list = {
    currency: 'EUR',
    prices: [
      { instanceType: 'd4', os: 'linux', capacity: 'on-demand', region: undefined, perHour: 0.2 },
      { instanceType: 'd4', os: 'windows', capacity: 'spot', region: 'west', perHour: 0.05 },
    ],
  };
  const text = `
currency: EUR
prices:
  - {instanceType: d4, perHour: 0.2}
  - {instanceType: d4, os: windows, capacity: spot, region: west, perHour: 0.05}
`;
  expect(readPrices(text)).toEqual({ list, problems: [] });
  expect(readPrices(JSON.stringify({ currency: 'EUR', prices: list.prices.slice(0, 1) })).list?.prices).toHaveLength(1);
});

test.each([
  ['', ['it is empty']],
  ['a: [', [expect.stringMatching(/^it is no YAML: /u) as unknown]],
  ['{}', ['the file has no currency', 'the file has no prices']],
  ['currency: 5\nprices: []', ['the file: currency has to be text: put it in quotes']],
  ['currency: ""\nprices: []', ['the file: currency is empty: name one, or take it out']],
  ['currency: " "\nprices: []', ['the file: currency has to be a currency, such as EUR or €']],
  ['currency: "\\e[2J"\nprices: []', ['the file: currency has to be a currency, such as EUR or €']],
  [
    'currency: EUR\nprices: [{instanceType: d4, os: Windows, perHour: 1}]',
    ['the file: prices[0]: os has to be one of linux, windows'],
  ],
  ['currency: EUR\nprices: [{instanceType: d4}]', ['the file: prices[0] has no perHour']],
  [
    'currency: EUR\nprices: [{instanceType: d4, perHour: 0}]',
    ['the file: prices[0]: perHour has to be a number above 0'],
  ],
  [
    'currency: EUR\nprices: [{instanceType: d4, perHour: "0.2"}]',
    ['the file: prices[0]: perHour has to be a number above 0'],
  ],
  [
    'currency: EUR\nprices: [{instanceType: d4, perHour: 1, capacity: Spot}]',
    ['the file: prices[0]: capacity has to be one of on-demand, spot'],
  ],
  [
    'currency: EUR\nprices: [{instanceType: d4, perHour: 1}, {instanceType: d4, perHour: 2, capacity: on-demand}]',
    ['the file: prices[1] is a second price for d4 linux on-demand'],
  ],
  [
    'currency: EUR\nprices: [{type: d4, perHour: 1}]',
    [
      'the file: prices[0] has type, which is not known there (known: instanceType, os, capacity, region, perHour)',
      'the file: prices[0] has no instanceType',
    ],
  ],
])('is refused where it means nothing: %s', (text, problems) => {
  expect(readPrices(text)).toEqual({ list: undefined, problems });
});
