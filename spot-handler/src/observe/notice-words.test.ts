import { expect, it } from 'vitest';
import type { Notice } from '../poll/notice.ts';
import { describeNotice } from './notice-words.ts';

const bare: Notice = {
  id: 'gcp-preempted',
  source: 'preempted',
  kind: 'preempt',
  type: 'preempted',
  status: '',
  isStarted: true,
  description: '',
};

it('tells of a notice what the provider has told, and nothing in place of what it has not', () => {
  expect(describeNotice(bare)).toBe('preempted, id gcp-preempted');
  expect(
    describeNotice({
      ...bare,
      id: 'a-1',
      type: 'Preempt',
      status: 'Scheduled',
      startsAtMs: Date.UTC(2026, 0, 1, 12, 0, 30),
      description: 'Spot capacity is taken back',
    }),
  ).toBe('Preempt (Scheduled) not before 2026-01-01T12:00:30.000Z, id a-1. Spot capacity is taken back');
});
