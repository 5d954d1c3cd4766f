import { expect, test } from 'vitest';
import { isNoNoticeYet, parseMaintenanceEvent, parsePreempted, parseUpcomingMaintenance } from './gcp-notices.ts';

test('only TRUE is a preemption, and only FALSE is none', () => {
  const f = (text: string, expected: number | undefined): void => {
    expect([text, parsePreempted(text)?.notices.length]).toEqual([text, expected]);
  };
  f('TRUE', 1);
  f('True', 1);
  f('FALSE\n', 0);
  f('', undefined);
  f('{"error":"unavailable"}', undefined);
});

test('a maintenance event ends or moves the machine', () => {
  const f = (text: string, expected: string | undefined): void => {
    expect([text, parseMaintenanceEvent(text)?.notices[0]?.kind]).toEqual([text, expected]);
  };
  f('TERMINATE_ON_HOST_MAINTENANCE', 'terminate');
  f('MIGRATE_ON_HOST_MAINTENANCE', 'freeze');
  f('SOMETHING_NEW', 'other');
  f('NONE', undefined);
  expect(parseMaintenanceEvent('<html>')).toBeUndefined();
});

test('upcoming maintenance is read in both spellings, and nothing in all of its own', () => {
  const snake = {
    can_reschedule: 'true',
    maintenance_status: 'PENDING',
    type: 'SCHEDULED',
    window_start_time: '2026-04-11T22:26:58Z',
  };
  const camel = { maintenanceStatus: 'PENDING', type: 'SCHEDULED', windowStartTime: '2026-04-11T22:26:58Z' };
  const expected = {
    id: 'upcoming-maintenance',
    source: 'upcoming-maintenance',
    kind: 'reboot',
    type: 'scheduled maintenance',
    status: 'PENDING',
    isStarted: false,
    startsAtMs: Date.UTC(2026, 3, 11, 22, 26, 58),
    description: '',
  };
  expect(parseUpcomingMaintenance(JSON.stringify(snake), true)?.notices).toEqual([expected]);
  expect(parseUpcomingMaintenance(JSON.stringify(camel), false)?.notices).toEqual([{ ...expected, kind: 'freeze' }]);
  expect(parseUpcomingMaintenance('{}', true)?.notices).toEqual([]);
  expect(parseUpcomingMaintenance('NONE', true)?.notices).toEqual([]);
  expect(parseUpcomingMaintenance('{"error":{"code":503}}', true)).toBeUndefined();
  expect(parseUpcomingMaintenance('{"maintenance_status":', true)).toBeUndefined();
});

test('maintenance stays the same notice when its window is moved, its status changes or the machine is ended instead', () => {
  const windows = [
    { maintenance_status: 'PENDING', window_start_time: '2026-04-11T22:26:58Z' },
    { maintenance_status: 'PENDING', window_start_time: '2026-04-18T22:26:58Z' },
    { maintenanceStatus: 'Ongoing' },
  ].map((window) => parseUpcomingMaintenance(JSON.stringify(window), true)?.notices[0]);
  expect(windows.map((notice) => [notice?.id, notice?.isStarted])).toEqual([
    ['upcoming-maintenance', false],
    ['upcoming-maintenance', false],
    ['upcoming-maintenance', true],
  ]);
  const events = ['MIGRATE_ON_HOST_MAINTENANCE', 'TERMINATE_ON_HOST_MAINTENANCE'].map(
    (value) => parseMaintenanceEvent(value)?.notices[0]?.id,
  );
  expect(events).toEqual(['maintenance-event', 'maintenance-event']);
});

test('words of the metadata server are kept short', () => {
  const long = 'x'.repeat(200_000);
  const window = { maintenance_status: long, type: long, window_start_time: long };
  const [upcoming] = parseUpcomingMaintenance(JSON.stringify(window), true)?.notices ?? [];
  const [event] = parseMaintenanceEvent(long)?.notices ?? [];
  expect([upcoming?.type.length, upcoming?.status.length, event?.type.length]).toEqual([200, 200, 200]);
});

test('only an error object that says so means that there was no notice yet', () => {
  const f = (text: string, expected: boolean): void => expect([text, isNoNoticeYet(text)]).toEqual([text, expected]);
  f('{"error":{"code":503,"message":"no notifications have been received yet, try again later"}}', true);
  f('{"error":{"code":503,"message":"Service Unavailable"}}', false);
  f('{"error":{"code":503}}', false);
  f('{"error":"no notifications"}', false);
  f('Service Unavailable', false);
  f('', false);
});
