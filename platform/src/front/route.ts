/** Which call a request is. Pure. */

/** Every call of an agent. */
export const AGENT_CALLS = [
  'register',
  'open',
  'batch',
  'delta',
  'log',
  'telemetry',
  'event',
  'initData',
  'evictorReport',
] as const;

/** One of them. */
export type AgentCall = (typeof AGENT_CALLS)[number];

/** The ways in which a cluster's state comes: our own, and that of the existing agents. */
export const WIRES = ['ingest', 'agent-deltas'] as const;

/** One of them. */
export type Wire = (typeof WIRES)[number];

/** The wire that a call belongs to; `undefined`: it is made beside either. */
export function wireOf(call: AgentCall): Wire | undefined {
  if (call === 'delta') return 'agent-deltas';
  return call === 'open' || call === 'batch' ? 'ingest' : undefined;
}

/** A call of an agent; `cluster` is missing where the call names none. */
export interface AgentRoute {
  readonly call: AgentCall;
  readonly cluster: string | undefined;
}

const ROUTES: readonly { readonly call: AgentCall; readonly path: RegExp }[] = [
  { call: 'register', path: /^\/v1\/kubernetes\/external-clusters$/ },
  { call: 'event', path: /^\/v1\/kubernetes\/external-clusters\/([^/]+)\/events$/ },
  { call: 'initData', path: /^\/v1\/kubernetes\/external-clusters\/([^/]+)\/aks-init-data$/ },
  { call: 'evictorReport', path: /^\/v1\/kubernetes\/external-clusters\/([^/]+)\/evictor-report$/ },
  { call: 'log', path: /^\/v1\/kubernetes\/clusters\/([^/]+)\/agent-logs$/ },
  { call: 'telemetry', path: /^\/v1\/kubernetes\/clusters\/([^/]+)\/agent-config$/ },
  { call: 'delta', path: /^\/v1\/kubernetes\/clusters\/([^/]+)\/agent-deltas$/ },
  { call: 'open', path: /^\/v2\/clusters\/([^/]+)\/ingest\/open$/ },
  { call: 'batch', path: /^\/v2\/clusters\/([^/]+)\/ingest\/batches$/ },
];

/** The agent's call at a path, or `undefined`. */
export function agentRoute(path: string): AgentRoute | undefined {
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (match) return { call: route.call, cluster: match[1] };
  }
  return undefined;
}
