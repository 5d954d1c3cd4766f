/** What a look at a cluster's reports sees of its trouble: many machines taken at once, and init data that is not renewed. Pure. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { ReportRow } from '../store/report-row.ts';
import type { Observation } from './condition.ts';

type Report = Pick<ReportRow, 'atMs' | 'body'>;

/** So many machines within so long are a burst: one is what spot machines are for. */
const BURST_MACHINES = 3;
/** The same, ms. */
export const BURST_MS = 10 * 60_000;

const DAY_MS = 24 * 60 * 60_000;
/** Renewed every 30 days (the product's documentation); five more are grace for a pool that is scaled to nothing meanwhile. */
export const STALE_MS = 35 * DAY_MS;
/** A pool of which nothing has come for so long is taken for removed: nobody would say so. */
export const FORGOTTEN_MS = 100 * DAY_MS;

const CLEAR: Observation = { type: 'clear' };

/** Whether many machines are taken at once. Machines count, not reports: a spot handler repeats one until it is answered. */
export function observeInterruptions(events: readonly Report[], nowMs: number): Observation {
  const machines = new Set(
    events.filter(({ atMs }) => nowMs - atMs < BURST_MS).flatMap(({ body }) => interruptedMachine(body) ?? []),
  );
  if (machines.size < BURST_MACHINES) return CLEAR;
  return {
    type: 'holds',
    condition: {
      severity: 'warning',
      summary: 'Many machines are taken by the cloud at once',
      reason: `${machines.size} machines within ${BURST_MS / 60_000} minutes`,
      cure: 'Look whether pods wait for a node; spread over more zones and instance types if it goes on.',
    },
  };
}

/** Whether an agent pool has not delivered its init data for longer than it may. */
export function observeInitData(deliveries: readonly Report[], nowMs: number): Observation {
  const newest = new Map<string, number>();
  for (const { atMs, body } of deliveries) {
    const pool = isRecord(body) && typeof body['agentPool'] === 'string' ? body['agentPool'] : '';
    newest.set(pool, Math.max(newest.get(pool) ?? 0, atMs));
  }
  const ages = [...newest].map(([pool, atMs]) => ({ pool, ageMs: nowMs - atMs }));
  const stale = ages.filter(({ ageMs }) => ageMs >= STALE_MS && ageMs < FORGOTTEN_MS).map(({ pool }) => pool);
  if (stale.length === 0) return CLEAR;
  const names = stale.map((pool) => (pool === '' ? 'a pool without a name' : pool)).sort();
  return {
    type: 'holds',
    condition: {
      severity: 'warning',
      summary: 'Init data is stale: nodes that are made from it may not join',
      reason: `not renewed for ${STALE_MS / DAY_MS} days: ${names.join(', ')}`,
      cure: 'Look at the pods of castai-aks-init-data on a node of that pool; `doctor` names the cause.',
    },
  };
}

/** Which machine a report says is taken; `undefined`: none is, as of advice. Fields may come in camel case, as from others. */
function interruptedMachine(body: unknown): string | undefined {
  if (!isRecord(body)) return undefined;
  const text = (snakeCase: string, camelCase: string): string => {
    const value = body[snakeCase] ?? body[camelCase];
    return typeof value === 'string' ? value : '';
  };
  if (text('event_type', 'eventType') !== 'interrupted') return undefined;
  const providerId = text('provider_id', 'providerId');
  return providerId === '' ? text('node_id', 'nodeId') : providerId;
}
