/** Whatever a metadata service says, nothing is thrown, texts and times stay within their bounds, and what could be read is decided on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { formatRecord, parseRecord, type RecordedNotice } from '../node/node-record.ts';
import { parseInstanceAction, parseLifecycleState, parseMaintenance, parseRebalance } from '../poll/aws-notices.ts';
import { parseScheduledEvents } from '../poll/azure-events.ts';
import { parseMaintenanceEvent, parsePreempted, parseUpcomingMaintenance } from '../poll/gcp-notices.ts';
import { NOTICE_KINDS, type SourceName } from '../poll/notice.ts';
import type { Reading } from '../poll/reading.ts';
import type { InterruptionEffects } from './interruption-effects.ts';
import { Interruptions } from './interruptions.ts';

const PARSERS: readonly (readonly [SourceName, (text: string) => Reading | undefined])[] = [
  ['scheduled-events', parseScheduledEvents],
  ['instance-action', parseInstanceAction],
  ['rebalance', parseRebalance],
  ['scheduled-maintenance', parseMaintenance],
  ['lifecycle-state', parseLifecycleState],
  ['preempted', parsePreempted],
  ['maintenance-event', parseMaintenanceEvent],
  ['upcoming-maintenance', (text) => parseUpcomingMaintenance(text, true)],
];

const WORDS = [
  'Preempt',
  'terminate',
  'Started',
  'ONGOING',
  'constructor',
  '__proto__',
  'vm-1',
  '9999-12-31T23:59:59Z',
  '',
];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 400 }), fc.constant('api-'.repeat(5000)));
const value = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }), fc.array(word, { maxLength: 3 }));
const fields = (...names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
const azureEvent = fields('EventId', 'EventType', 'EventStatus', 'Resources', 'NotBefore', 'Description');
const awsEvent = fields('EventId', 'Code', 'State', 'NotBefore', 'Description');
const document = fc.oneof(
  fc.oneof(azureEvent, value).chain((odd) => fc.array(azureEvent).map((events) => ({ Events: [...events, odd] }))),
  fc.array(fc.oneof(awsEvent, value)),
  fields('action', 'time', 'noticeTime'),
  fields('type', 'maintenance_status', 'windowStartTime', 'error'),
  value,
);
const text = fc.oneof(
  document.map((one) => JSON.stringify(one)),
  fc.constantFrom('TRUE', 'FALSE', 'NONE', 'Terminated', 'TERMINATE_ON_HOST_MAINTENANCE'),
  word,
);

test('no document of a metadata service breaks anything', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
      const written = new Map<string, RecordedNotice>();
      const ignore = (): void => undefined;
      const effects: InterruptionEffects = {
        report: ignore,
        withdraw: ignore,
        remember: (notice) => written.set(notice.id, notice),
        release: (id) => written.delete(id),
        hold: ignore,
        recheck: ignore,
        evict: ignore,
        stopEviction: ignore,
        acknowledge: ignore,
        retract: ignore,
        announce: ignore,
        onBroken: (error) => {
          throw error;
        },
      };
      const interruptions = new Interruptions({
        policy: { actOn: new Set(NOTICE_KINDS), marks: true, evicts: true, acknowledges: true, markAheadMs: 0 },
        effects,
        clock: new ManualClock(),
        ownNames: () => ['vm-1'],
        sources: () => ['scheduled-events'],
      });
      interruptions.onNode(undefined);
      for (const one of texts) {
        for (const [source, parse] of PARSERS) {
          const reading = parse(one);
          if (reading === undefined) continue;
          for (const { type, status, description } of reading.notices) {
            expect(Math.max(type.length, status.length, description.length)).toBeLessThanOrEqual(200);
          }
          interruptions.onSighting(source, { isKnown: true, ...reading });
        }
      }
      for (const { startsAt } of interruptions.status) expect(startsAt).toMatch(/^(|\d{4}-.*Z)$/);
      // What was done about them can be read by the process after this one.
      const notices = [...written.values()].slice(-20);
      expect(parseRecord(formatRecord({ notices, unread: [] }))).toEqual({ notices, unread: [] });
      interruptions.stop();
    }),
    { verbose: true, numRuns: 300 },
  );
});
