/** What was wanted of a node, and what came of it: `/_page/actions?cluster=…&node=…`. */
import type { PageSection } from '../page/page-api.ts';
import type { ActionRow } from '../store/action-store.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { NODE_ACTIONS } from './node-action.ts';

/** What it is made of. */
export interface ActionsSources {
  readonly store: Pick<PlatformStore, 'actions'>;
  readonly now: () => number;
  readonly mayAct: boolean;
}

const SHOWN = 20;

/** The newest first, and what may be wanted: nothing, unless that is allowed. */
export function actionsSection({ store, now, mayAct }: ActionsSources): PageSection {
  return async (query) => {
    const rows = await store.actions.ofNode(query.get('cluster') ?? '', query.get('node') ?? '', SHOWN);
    const nowMs = now();
    return {
      choices: mayAct ? NODE_ACTIONS : [],
      rows: rows.map((row) => ({
        key: row.id,
        name: row.name,
        createdAtMs: row.createdAtMs,
        tone: toneOf(row, nowMs),
        state: actionState(row, nowMs),
      })),
    };
  };
}

/** Where an action is, in words; a failure in the controller's words. */
function actionState(
  row: Pick<ActionRow, 'ackedAtMs' | 'error' | 'expiresAtMs' | 'deliveries'>,
  nowMs: number,
): string {
  if (row.ackedAtMs !== undefined) return row.error === '' ? 'done' : row.error;
  if (row.expiresAtMs <= nowMs) {
    return row.deliveries === 0 ? 'nobody asked for it in its time' : 'not acknowledged in its time';
  }
  return row.deliveries === 0 ? 'waits for the cluster controller' : 'handed to the cluster controller';
}

function toneOf({ ackedAtMs, error, expiresAtMs }: ActionRow, nowMs: number): 'good' | 'warn' | 'bad' {
  if (ackedAtMs !== undefined) return error === '' ? 'good' : 'bad';
  return expiresAtMs <= nowMs ? 'bad' : 'warn';
}
