import { BUDGET_PROBLEMS } from '../judge/judge-budgets.ts';
import { DRIFT_REASONS } from '../judge/judge-drift.ts';
import type { ReportDocument } from '../report/report-document.ts';
import { REASONS } from '../simulate/reason.ts';

/** A report with one of each: a node that could go, one that could go and is empty, two that stay, one of which should be renewed. */
export const SAMPLE_REPORT: ReportDocument = {
  at: '2026-06-01T12:00:00.000Z',
  tookMs: 31,
  nodes: 5,
  pods: 1727,
  controlPlane: 'v1.37.2',
  notLookedAt: 0,
  removable: [
    {
      node: 'aks-blue-1',
      moves: [
        { pod: 'shop/web-1', to: 'aks-blue-2' },
        { pod: 'shop/web-2', to: 'aks-blue-2' },
        { pod: 'shop/job-1', to: 'aks-blue-3' },
      ],
    },
    { node: 'aks-green-9', moves: [] },
  ],
  blocked: [
    {
      node: 'aks-blue-2',
      blockers: [
        { reason: 'pdb_no_budget', pod: 'shop/db-0', detail: 'shop/db allows 0, and this is one more' },
        { reason: 'pdb_no_budget', pod: 'shop/db-1', detail: 'shop/db allows 0, and this is one more' },
        { reason: 'local_storage', pod: 'shop/cache-0', detail: 'volume data' },
      ],
    },
    { node: 'aks-blue-3', blockers: [{ reason: 'young_node', detail: 'made at 2026-06-01T11:58:00.000Z' }] },
  ],
  saved: { cores: 12.5, gibibytes: 48, perHour: 1.5, currency: 'EUR', unpriced: 0 },
  renew: [
    { node: 'aks-blue-2', pool: 'blue', reason: 'kubelet_minor', detail: 'kubelet v1.36.1, control plane v1.37.2' },
  ],
  pools: [
    {
      pool: 'blue',
      nodes: 4,
      kubeletMinorSkew: 1,
      makes: 2,
      oldestImage: '2026-05-20',
      newestImage: '2026-05-20',
      mixedSince: '2026-06-01T11:00:00.000Z',
      renew: { kubelet_minor: 1 },
    },
    {
      pool: 'green',
      nodes: 1,
      kubeletMinorSkew: 0,
      makes: 1,
      oldestImage: null,
      newestImage: null,
      mixedSince: null,
      renew: {},
    },
  ],
  budgets: [{ budget: 'shop/db', reason: 'never_satisfiable', detail: 'minAvailable 2 means 2 of 2 pods' }],
  windows: [
    { kind: 'node_os', closesAt: null, nextStart: '2026-06-06T22:00:00.000Z', lastEnd: '2026-05-31T02:00:00.000Z' },
  ],
  reasons: {
    pdb_no_budget: REASONS.pdb_no_budget,
    local_storage: REASONS.local_storage,
    young_node: REASONS.young_node,
    kubelet_minor: DRIFT_REASONS.kubelet_minor,
    never_satisfiable: BUDGET_PROBLEMS.never_satisfiable,
  },
};
