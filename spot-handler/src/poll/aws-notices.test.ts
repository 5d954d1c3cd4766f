import { expect, test } from 'vitest';
import { parseInstanceAction, parseLifecycleState, parseMaintenance, parseRebalance } from './aws-notices.ts';

test('the identity of a spot notice is what and when it says', () => {
  expect(parseInstanceAction('{"action":"terminate","time":"2017-09-18T08:22:00Z"}')).toEqual([
    {
      id: 'instance-action/terminate/2017-09-18T08:22:00Z',
      source: 'instance-action',
      kind: 'preempt',
      type: 'terminate',
      status: '',
      isStarted: true,
      startsAtMs: Date.UTC(2017, 8, 18, 8, 22),
      description: '',
    },
  ]);
});

test('every action has its kind', () => {
  const f = (action: string, kind: string): void => {
    expect([action, parseInstanceAction(JSON.stringify({ action, time: '' }))?.[0]?.kind]).toEqual([action, kind]);
  };
  f('stop', 'stop');
  f('hibernate', 'hibernate');
  f('levitate', 'other');
});

test('scheduled maintenance is read with and without its optional fields', () => {
  const notices = parseMaintenance(
    JSON.stringify([
      {
        NotBefore: '5 Jan 2019 09:00:43 GMT',
        Code: 'instance-retirement',
        Description: 'The instance is scheduled for retirement',
        EventId: 'instance-event-0D59937288B749B32',
        State: 'active',
      },
    ]),
  );
  expect(notices).toEqual([
    {
      id: 'instance-event-0d59937288b749b32',
      source: 'scheduled-maintenance',
      kind: 'retire',
      type: 'instance-retirement',
      status: 'active',
      isStarted: false,
      startsAtMs: Date.UTC(2019, 0, 5, 9, 0, 43),
      description: 'The instance is scheduled for retirement',
    },
  ]);
});

test('maintenance that was cancelled or is complete is none', () => {
  const event = { Code: 'system-reboot', EventId: 'e', NotBefore: '' };
  const states = ['canceled', 'completed', 'active'].map((State) => ({ ...event, EventId: State, State }));
  expect(parseMaintenance(JSON.stringify(states))?.map(({ id }) => id)).toEqual(['active']);
});

test('only the state Terminated is a notice', () => {
  const f = (text: string, expected: number | undefined): void => {
    expect([text, parseLifecycleState(text)?.length]).toEqual([text, expected]);
  };
  f('InService', 0);
  f('Warmed:Stopped', 0);
  f('Terminated', 1);
  f('<?xml version="1.0"?>', undefined);
});

test('what is no document is not an empty one', () => {
  expect(parseInstanceAction('not-a-time')).toBeUndefined();
  expect(parseInstanceAction('{"time":"2017-09-18T08:22:00Z"}')).toBeUndefined();
  expect(parseInstanceAction('{"action":"termi')).toBeUndefined();
  expect(parseRebalance('{}')).toBeUndefined();
  expect(parseMaintenance('{}')).toBeUndefined();
  expect(parseMaintenance('[{"Code":"system-reboot"}]')).toBeUndefined();
});
