import { expect, test } from 'vitest';
import { factsOf } from './facts.ts';
import { type Notification, testNotification } from './notification.ts';
import { type BodyForm, renderBody } from './render.ts';
import { parseTemplate } from './template.ts';

const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const firing: Notification = {
  id: 'ep_1-1',
  episode: 'ep_1',
  status: 'firing',
  trouble: 'init-data',
  severity: 'warning',
  toldBefore: [],
  cluster: { id: 'c-1', name: 'shop', provider: 'aks' },
  summary: 'Init data is stale',
  reason: 'not renewed',
  cure: 'Look.',
  startedAtMs: START,
  endedAtMs: undefined,
  atMs: START + MINUTE,
  isTest: false,
};
const worse: Notification = { ...firing, id: 'ep_1-2', severity: 'critical', toldBefore: ['warning'] };
const resolved: Notification = {
  ...worse,
  id: 'ep_1-3',
  status: 'resolved',
  toldBefore: ['warning', 'critical'],
  endedAtMs: START + 2 * MINUTE,
};
const body = (notification: Notification, form: BodyForm): unknown => JSON.parse(renderBody(form, notification, 'ops'));

test('the standard body has type, timestamp and data, with the names of CloudEvents in it', () => {
  expect(body(firing, { format: 'standard' })).toEqual({
    type: 'cluster.init_data.firing',
    timestamp: '2026-01-01T12:01:00.000Z',
    data: {
      specversion: '1.0',
      source: '/clusters/c-1',
      type: 'cluster.init_data.firing',
      subject: 'init-data',
      time: '2026-01-01T12:01:00.000Z',
      id: 'ep_1-1',
      episode: 'ep_1',
      status: 'firing',
      kind: 'init-data',
      severity: 'warning',
      cluster: { id: 'c-1', name: 'shop', provider: 'aks' },
      summary: 'Init data is stale',
      reason: 'not renewed',
      cure: 'Look.',
      startsAt: '2026-01-01T12:00:00.000Z',
      endsAt: null,
      timestamp: '2026-01-01T12:01:00.000Z',
      isTest: false,
    },
  });
});

test('an alert of Alertmanager is of version 4, and the same alert from its begin to its end', () => {
  const labels = {
    alertname: 'CastaiInitData',
    castai_cluster: 'c-1',
    cluster_name: 'shop',
    provider: 'aks',
    severity: 'warning',
  };
  const annotations = { summary: 'Init data is stale', description: 'not renewed', action: 'Look.' };
  const one = body(firing, { format: 'alertmanager' });
  expect(one).toEqual({
    version: '4',
    groupKey: '{}:{alertname="CastaiInitData", castai_cluster="c-1"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'ops',
    groupLabels: { alertname: 'CastaiInitData', castai_cluster: 'c-1' },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations,
        startsAt: '2026-01-01T12:00:00.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/u) as string,
      },
    ],
  });
});

interface Alerts {
  readonly status: string;
  readonly alerts: readonly { status: string; labels: { severity: string }; endsAt: string; fingerprint: string }[];
}

test('an alert that became worse is over in its milder form, and at the end every form of it is', () => {
  const [first, second, last] = [firing, worse, resolved].map(
    (notification) => body(notification, { format: 'alertmanager' }) as Alerts,
  );
  const look = ({ status, alerts }: Alerts): unknown => [
    status,
    ...alerts.map((alert) => [alert.status, alert.labels.severity, alert.endsAt]),
  ];
  expect(look(first as Alerts)).toEqual(['firing', ['firing', 'warning', '0001-01-01T00:00:00Z']]);
  expect(look(second as Alerts)).toEqual([
    'firing',
    ['resolved', 'warning', '2026-01-01T12:01:00.000Z'],
    ['firing', 'critical', '0001-01-01T00:00:00Z'],
  ]);
  expect(look(last as Alerts)).toEqual([
    'resolved',
    ['resolved', 'warning', '2026-01-01T12:02:00.000Z'],
    ['resolved', 'critical', '2026-01-01T12:02:00.000Z'],
  ]);
  const prints = (alerts: Alerts | undefined): unknown => alerts?.alerts.map(({ fingerprint }) => fingerprint);
  expect(prints(last)).toEqual(prints(second));
  expect(first?.alerts[0]?.fingerprint).toBe(second?.alerts[0]?.fingerprint);
});

test('what every reader of version 4 decodes by type is of that type', () => {
  // As Go's receivers declare it: times are RFC 3339, labels and annotations maps of text, nothing is null.
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/u;
  for (const notification of [firing, worse, resolved, testNotification('1', START)]) {
    const made = body(notification, { format: 'alertmanager' }) as Record<string, unknown> & {
      alerts: Record<string, unknown>[];
    };
    const maps = [made['groupLabels'], made['commonLabels'], made['commonAnnotations']];
    for (const { labels, annotations, startsAt, endsAt } of made.alerts) {
      maps.push(labels, annotations);
      expect([startsAt, endsAt]).toEqual([expect.stringMatching(rfc3339), expect.stringMatching(rfc3339)]);
    }
    for (const map of maps)
      for (const [name, value] of Object.entries(map as object)) {
        expect(name).toMatch(/^[a-zA-Z_]\w*$/u);
        expect(value).toBeTypeOf('string');
      }
  }
});

test('a message for Slack calls nobody and links nowhere, whatever a cluster says', () => {
  expect(body({ ...worse, reason: '<!channel> <https://evil|here> & more' }, { format: 'slack' })).toEqual({
    text: [
      ':rotating_light: *critical* shop: Init data is stale',
      '&lt;!channel&gt; &lt;https://evil|here&gt; &amp; more',
      'Look.',
      'since 2026-01-01T12:00:00.000Z',
    ].join('\n'),
  });
  expect(body(resolved, { format: 'slack' })).toEqual({
    text: [
      ':white_check_mark: *resolved* shop: Init data is stale',
      'not renewed',
      'from 2026-01-01T12:00:00.000Z to 2026-01-01T12:02:00.000Z',
    ].join('\n'),
  });
});

test('a test says in every form that it is one', () => {
  const sample = testNotification('1', START);
  expect(body(sample, { format: 'standard' })).toMatchObject({ data: { isTest: true } });
  expect(body(sample, { format: 'alertmanager' })).toMatchObject({ commonLabels: { test: 'true' } });
  expect(body(sample, { format: 'slack' })).toMatchObject({ text: expect.stringContaining('_a test_') as string });
});

const NASTY = `quote " backslash \\ newline \n nul \0 </script> & \u2028 😀 {{summary}} \${x}`;
const FORMS: Readonly<Record<string, BodyForm>> = {
  standard: { format: 'standard' },
  alertmanager: { format: 'alertmanager' },
  slack: { format: 'slack' },
  template: { format: 'template', template: parseTemplate({ all: '{{summary}}', some: 'x{{reason}}' }) },
};

test('every form is one JSON document whatever is in a text, ends no script, and is the same bytes each time', () => {
  const nasty = {
    ...firing,
    summary: NASTY,
    reason: NASTY,
    cure: NASTY,
    cluster: { id: 'c', name: NASTY, provider: 'x' },
  };
  for (const form of Object.values(FORMS)) {
    const text = renderBody(form, nasty, 'ops');
    expect(text).not.toMatch(/[<>&\u2028\n]/u);
    expect(renderBody(form, nasty, 'ops')).toBe(text);
    expect(JSON.parse(text)).toBeTypeOf('object');
  }
  expect(body(nasty, FORMS['standard'] as BodyForm)).toMatchObject({ data: { summary: NASTY } });
  expect(body(nasty, FORMS['template'] as BodyForm)).toEqual({ all: NASTY, some: `x${NASTY}` });
});

test('the standard body stays under the 20 kB that receivers are promised', () => {
  const worst = '\0'.repeat(900);
  const long = { ...firing, summary: '\0'.repeat(300), reason: worst, cure: worst };
  expect(renderBody({ format: 'standard' }, long, 'ops').length).toBeLessThan(20_000);
  expect(factsOf(long).reason).toHaveLength(900);
});
