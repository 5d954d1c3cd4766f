import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, test } from 'vitest';
import { node } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { leftOn } from './left-on.ts';
import { mostHeadroom } from './most-headroom.ts';

const [record] = stateOf([node('a', { allocatable: { cpu: '4', memory: '1000', gpu: '2' } })]).nodes;
if (record === undefined) throw new Error('there is no node');
const most = (requests: Record<string, number>, used: Record<string, number> = {}): number =>
  mostHeadroom({ record, used }, requests, 90);

test.each([
  { what: 'half of it', requests: { cpu: 2000 }, percent: 50 },
  { what: 'one more than half', requests: { cpu: 2001 }, percent: 49 },
  { what: 'half of it beside what is used', requests: { cpu: 1000 }, used: { cpu: 1000 }, percent: 50 },
  { what: 'all of it', requests: { memory: 1000 }, percent: 0 },
  { what: 'more than it has', requests: { memory: 1001 }, percent: -1 },
  { what: 'a little', requests: { cpu: 1, memory: 1 }, percent: 90 },
  { what: 'the scarcer of two', requests: { cpu: 1000, memory: 900 }, percent: 10 },
  { what: 'all devices, of which none is kept free', requests: { gpu: 2 }, percent: 90 },
  { what: 'more devices than it has', requests: { gpu: 3 }, percent: -1 },
  { what: 'something that it does not have', requests: { tpu: 1 }, percent: -1 },
])('who requests $what has room with $percent % headroom at most', ({ requests, used, percent }) => {
  expect(most(requests as Record<string, number>, used)).toBe(percent);
});

test('it is what trying one percent after another finds', () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 500; round += 1) {
    const requests = { cpu: random.integer(5000), memory: random.integer(1200), gpu: random.integer(4) };
    const used = { cpu: random.integer(5000), memory: random.integer(1200) };
    let tried = -1;
    for (let percent = 0; percent <= 90; percent += 1) {
      const left = (resource: string): number => leftOn({ record, used }, resource, percent / 100);
      if (Object.entries(requests).every(([resource, amount]) => left(resource) >= amount)) tried = percent;
    }
    expect(most(requests, used)).toBe(tried);
  }
});
