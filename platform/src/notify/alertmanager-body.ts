/**
 * The body of Prometheus Alertmanager's webhook, version 4, as its receivers take it: Grafana OnCall, PagerDuty, incident bots. Pure.
 *
 * A receiver knows an alert by its labels, and the severity is one of them. So when an episode becomes worse, the milder alert is over and
 * another begins, and at its end each alert that was told is over: what would be left out would stay open there for ever.
 */
import { createHash } from 'node:crypto';
import type { Severity } from './condition.ts';
import { factsOf } from './facts.ts';
import type { Notification } from './notification.ts';

type Labels = Readonly<Record<string, string>>;

/** One alert of the document. */
export interface Alert {
  readonly status: Notification['status'];
  readonly labels: Labels;
  readonly annotations: Labels;
  /** RFC 3339. */
  readonly startsAt: string;
  /** The same; Go's zero time while it goes on. */
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/** The document. */
export interface AlertmanagerBody {
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: Notification['status'];
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalURL: string;
  readonly alerts: readonly Alert[];
}

/** What Go writes for a time that is not set. */
const NO_TIME = '0001-01-01T00:00:00Z';

const NAMES: Readonly<Record<Notification['trouble'], string>> = {
  connection: 'CastaiClusterConnection',
  agent: 'CastaiAgentVerdict',
  continuity: 'CastaiContinuity',
  interruptions: 'CastaiInterruptions',
  'init-data': 'CastaiInitData',
  'daemon-sets': 'CastaiDaemonSets',
  controller: 'CastaiClusterController',
  evictor: 'CastaiEvictor',
  drift: 'CastaiDrift',
};

/** Makes it. `receiver` is the endpoint's id. */
export function alertmanagerBody(notification: Notification, receiver: string): AlertmanagerBody {
  const { cluster, trouble, status, severity, toldBefore } = notification;
  const facts = factsOf(notification);
  const alertname = NAMES[trouble];
  const groupLabels = { alertname, castai_cluster: cluster.id };
  const shared = {
    ...groupLabels,
    cluster_name: cluster.name,
    provider: cluster.provider,
    ...(facts.isTest ? { test: 'true' } : {}),
  };
  const annotations = { summary: facts.summary, description: facts.reason, action: facts.cure };
  const alert = (its: Notification['status'], severityOfIt: Severity, endsAt: string): Alert => {
    const labels = { ...shared, severity: severityOfIt };
    const fingerprint = fingerprintOf(labels);
    return { status: its, labels, annotations, startsAt: facts.startsAt, endsAt, generatorURL: '', fingerprint };
  };
  const isOver = status === 'resolved';
  const over = toldBefore.map((told) => alert('resolved', told, facts.endsAt ?? facts.timestamp));
  const alerts = isOver ? over : [...over, alert('firing', severity, NO_TIME)];
  const [only] = alerts;
  return {
    version: '4',
    groupKey: `{}:{alertname="${alertname}", castai_cluster=${JSON.stringify(cluster.id)}}`,
    truncatedAlerts: 0,
    status,
    receiver,
    groupLabels,
    commonLabels: alerts.length === 1 && only !== undefined ? only.labels : shared,
    commonAnnotations: annotations,
    externalURL: '',
    alerts,
  };
}

/** Sixteen hexadecimal digits that are the same for the same labels, in whatever order. */
function fingerprintOf(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
