/**
 * What the metadata services and the node's record say is written elsewhere, and may be broken in any way: whatever comes, nothing is thrown,
 * and what is read can be relied on. A failure prints its seed and the text.
 */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { EMPTY_RECORD, formatRecord, noticeOf, parseRecord } from '../node/node-record.ts';
import type { NodeView } from '../node/node-view.ts';
import { planNodePatch } from '../node/plan-node-patch.ts';
import { parseInstanceAction, parseLifecycleState, parseMaintenance, parseRebalance } from './aws-notices.ts';
import { parseScheduledEvents } from './azure-events.ts';
import { parseMaintenanceEvent, parsePreempted, parseUpcomingMaintenance } from './gcp-notices.ts';
import { parseNoticeTime } from './notice-time.ts';
import { type Notice, NOTICE_KINDS } from './notice.ts';
import type { Reading } from './reading.ts';

/** Another sequence each day would find more, and fail for whoever comes by: the seed is fixed, and changed by hand. */
const SEED = 20_261_129;
const ROUNDS = 1500;

const AZURE = JSON.stringify({
  DocumentIncarnation: 1,
  Events: [
    {
      EventId: 'A-1',
      EventType: 'Preempt',
      EventStatus: 'Scheduled',
      ResourceType: 'VirtualMachine',
      Resources: ['vm_3'],
      NotBefore: 'Mon, 19 Sep 2016 18:29:47 GMT',
      Description: 'd',
      DurationInSeconds: -1,
    },
    { EventId: 'A-2', EventType: 'Freeze', EventStatus: 'Started', Resources: ['vm_4'], NotBefore: '' },
  ],
});
const MAINTENANCE = JSON.stringify([
  {
    NotBefore: '21 Jan 2019 09:00:43 GMT',
    Code: 'system-reboot',
    EventId: 'instance-event-0d',
    NotAfter: '',
    State: 'active',
  },
]);
const UPCOMING = JSON.stringify({
  maintenanceStatus: 'PENDING',
  type: 'SCHEDULED',
  windowStartTime: '2026-01-01T00:00:00Z',
});
const RECORD = JSON.stringify({
  version: 1,
  notices: [
    {
      id: 'x',
      source: 'scheduled-events',
      kind: 'preempt',
      type: 'Preempt',
      isStarted: false,
      startsAtMs: 1000,
      isReported: true,
      isMarking: true,
    },
  ],
  mark: { isCordonOurs: true, isTaintOurs: true, labelBefore: null },
});

/** Every reader of a text of a metadata service, with a text that it understands. */
const READERS: Readonly<
  Record<string, { readonly text: string; readonly read: (text: string) => Reading | undefined }>
> = {
  'scheduled events': { text: AZURE, read: parseScheduledEvents },
  'instance action': { text: '{"action":"terminate","time":"2026-01-01T00:00:00Z"}', read: parseInstanceAction },
  rebalance: { text: '{"noticeTime":"2026-01-01T00:00:00Z"}', read: parseRebalance },
  'scheduled maintenance': { text: MAINTENANCE, read: parseMaintenance },
  'lifecycle state': { text: 'Terminated', read: parseLifecycleState },
  preempted: { text: 'TRUE', read: parsePreempted },
  'maintenance event': { text: 'TERMINATE_ON_HOST_MAINTENANCE', read: parseMaintenanceEvent },
  'upcoming maintenance': { text: UPCOMING, read: (text) => parseUpcomingMaintenance(text, true) },
};

const BITS = [
  'null',
  '1e999',
  '-1',
  '8.64e15',
  '9'.repeat(30),
  'true',
  '{}',
  '[]',
  '""',
  String.raw`"\u0000"`,
  String.raw`"\ud800"`,
  '"__proto__"',
  '"constructor"',
  `"${'x'.repeat(5000)}"`,
  '"275760-09-13T00:00:00.001Z"',
  '"9999-99-99T99:99:99Z"',
  '\\',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
];

/** The text with up to three places changed. */
function mutate(text: string, random: SeededRandom): string {
  let mutated = text;
  for (let changes = 1 + random.integer(3); changes > 0; changes -= 1) {
    const at = random.integer(mutated.length + 1);
    mutated = random.chance(0.5)
      ? mutated.slice(0, at) + random.pick(BITS) + mutated.slice(at + random.integer(8))
      : mutated.slice(0, at) + String.fromCharCode(random.integer(128)) + mutated.slice(at + 1);
  }
  return mutated;
}

/** The document with a value somewhere in it exchanged for another one, so that it stays a document. */
function exchange(text: string, random: SeededRandom): string {
  const odd = random.pick([
    null,
    7,
    -1,
    1e300,
    true,
    '',
    [],
    {},
    'constructor',
    '__proto__',
    'y'.repeat(5000),
    ['vm_3', 7],
  ]);
  let left = 1 + random.integer(12);
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) => {
    left -= 1;
    return left === 0 ? odd : value;
  });
}

/** What of a notice could not be relied on; empty when all can. */
function faults({ id, type, status, description, kind, startsAtMs, isStarted }: Notice): string[] {
  const long = Object.entries({ id, type, status, description }).filter(([, text]) => text.length > 200);
  return [
    ...long.map(([name]) => `${name} is too long`),
    ...(id === '' ? ['no id'] : []),
    ...(NOTICE_KINDS.includes(kind) ? [] : [`kind ${kind}`]),
    ...(typeof isStarted === 'boolean' ? [] : ['isStarted is none']),
    ...(startsAtMs === undefined || !Number.isNaN(new Date(startsAtMs).getTime())
      ? []
      : [`no date: ${String(startsAtMs)}`]),
  ];
}

describe('a broken text of a metadata service', () => {
  for (const [name, { text, read }] of Object.entries(READERS)) {
    it(`throws nothing and yields only notices that are sound: ${name}`, () => {
      expect(read(text)?.notices.length).toBeGreaterThan(0);
      const random = new SeededRandom(SEED);
      let understood = 0;
      const isWhole = text.startsWith('{') || text.startsWith('[');
      for (let round = 0; round < ROUNDS; round += 1) {
        const broken = isWhole && random.chance(0.5) ? exchange(text, random) : mutate(text, random);
        const reading = read(broken);
        const found = reading?.notices.flatMap(faults) ?? [];
        expect([SEED, broken, found]).toEqual([SEED, broken, []]);
        if (reading !== undefined) understood += 1;
      }
      // Some of them stay documents, or nothing was tried.
      expect([SEED, understood > ROUNDS / 10 || !isWhole]).toEqual([SEED, true]);
    });
  }

  it('is read again from the record as it was written there, and is no different then', () => {
    const random = new SeededRandom(SEED);
    for (let round = 0; round < ROUNDS; round += 1) {
      const broken = exchange(AZURE, random);
      for (const notice of parseScheduledEvents(broken)?.notices ?? []) {
        const { id, source, kind, type, isStarted, startsAtMs } = notice;
        const time = startsAtMs === undefined ? {} : { startsAtMs };
        const recorded = { id, source, kind, type, isStarted, ...time, isReported: true, isMarking: false };
        const { notices } = parseRecord(formatRecord({ ...EMPTY_RECORD, notices: [recorded] }));
        expect([SEED, broken, notices]).toEqual([SEED, broken, [recorded]]);
      }
    }
  });
});

describe('a broken record of the node', () => {
  it('throws nothing, yields only notices that are sound, and a patch can be planned from it', () => {
    const random = new SeededRandom(SEED);
    const wanted = parseRecord(RECORD).notices;
    expect(wanted).toHaveLength(1);
    for (let round = 0; round < 3 * ROUNDS; round += 1) {
      const record = random.chance(0.5) ? exchange(RECORD, random) : mutate(RECORD, random);
      const { notices } = parseRecord(record);
      const found = notices.map(noticeOf).flatMap((notice) => faults({ ...notice, id: 'x', type: '' }));
      expect([SEED, record, found]).toEqual([SEED, record, []]);
      const node: NodeView = { ...NODE, record };
      for (const [index, plan] of [planNodePatch(node, []), planNodePatch(node, wanted)].entries()) {
        // Whatever it says, nothing but the node's mark and our own annotation is ever touched.
        const paths = plan?.operations.map(({ path }) => path).filter((path) => !OURS.test(path)) ?? [];
        expect([SEED, record, index, paths]).toEqual([SEED, record, index, []]);
      }
    }
  });
});

const OURS =
  /^\/(spec\/(unschedulable|taints(\/[-\d]+)?)|metadata\/(labels|annotations)(\/autoscaling\.cast\.ai~1[a-z-]+)?)$/;
const NODE: NodeView = {
  name: 'n',
  uid: 'u',
  resourceVersion: '1',
  providerId: undefined,
  nodeId: '',
  hasLabels: true,
  hasAnnotations: true,
  drainingLabel: undefined,
  record: undefined,
  taints: undefined,
  unschedulable: false,
};

it('a time is a date or none, whatever the text', () => {
  const random = new SeededRandom(SEED);
  for (const text of ['Mon, 19 Sep 2016 18:29:47 GMT', '2026-01-01T00:00:00.123+02:00']) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const broken = mutate(text, random);
      const atMs = parseNoticeTime(broken);
      const isDate = atMs === undefined || !Number.isNaN(new Date(atMs).getTime());
      expect([SEED, broken, isDate]).toEqual([SEED, broken, true]);
    }
  }
});
