/** Bodies for Alertmanager's receivers, judged by Alertmanager's own types and templates. */
import { spawnSync } from 'node:child_process';
import { SEVERITIES, TROUBLES } from '@castai/platform/notify/condition.ts';
import { type Notification, notificationOf, testEnd, testNotification } from '@castai/platform/notify/notification.ts';
import { renderBody } from '@castai/platform/notify/render.ts';
import { beforeAll, expect, test } from 'vitest';
import { ensureAlertmanagerReceiver } from '../../scripts/tools/binaries.ts';

let receiver = '';
beforeAll(async () => {
  receiver = await ensureAlertmanagerReceiver(console.log);
});

const NOW_MS = Date.UTC(2026, 0, 1, 12, 34, 56, 789);
const NASTY = `quote " backslash \\ newline \n </script> {{ .Status }} \u2028 😀 ${'x'.repeat(1_000_000)}`;

/** What a receiver makes of bodies; throws in its words when it does not take one. */
function taken(...notifications: Notification[]): Record<string, unknown>[] {
  const input = notifications.map((one) => renderBody({ format: 'alertmanager' }, one, 'ops')).join('\n');
  const { status, stdout, stderr } = spawnSync(receiver, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
function told(trouble: Notification['trouble'], severities: readonly (typeof SEVERITIES)[number][]): Notification[] {
  const condition = { severity: 'warning', summary: NASTY, reason: NASTY, cure: NASTY } as const;
  const subject = { cluster: { id: '1f"2', name: NASTY, provider: 'aks' }, trouble };
  const episode = { startedAtMs: NOW_MS, severities, condition };
  return [
    notificationOf({ type: 'fire', episode }, subject, NOW_MS),
    notificationOf({ type: 'resolve', episode, endedAtMs: NOW_MS + 1 }, subject, NOW_MS + 2),
  ];
}

test('every kind of notification is taken strictly, with as many alerts open as there are', () => {
  for (const trouble of TROUBLES) {
    const [fired, ended] = taken(...told(trouble, ['warning']));
    expect(fired).toMatchObject({ version: '4', firing: 1, resolved: 0, open: 1 });
    expect(ended).toMatchObject({ version: '4', firing: 0, resolved: 1, open: 0 });
  }
});

test('what became worse is over in its milder form, and in every form at the end', () => {
  const [fired, ended] = taken(...told('connection', SEVERITIES));
  expect(fired).toMatchObject({ firing: 1, resolved: 1, open: 1 });
  expect(ended).toMatchObject({ firing: 0, resolved: 2, open: 0 });
});

test('default templates say what it is about, and nothing in it is a template', () => {
  const sample = testNotification('1', NOW_MS);
  const [fired, ended] = taken(sample, testEnd(sample));
  expect(fired?.['subject']).toContain('[FIRING:1] CastaiClusterConnection');
  expect(fired?.['description']).toContain('This is a test: nothing is wrong');
  expect(ended?.['subject']).toContain('[RESOLVED] CastaiClusterConnection');
  const [nasty] = taken(...told('agent', ['critical']));
  expect(nasty?.['description']).toContain('{{ .Status }}');
});

test('a body that is none is not taken', () => {
  const { status, stderr } = spawnSync(receiver, { input: '{"version":"4","more":1}', encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, 'json: unknown field "more"\n']);
});
