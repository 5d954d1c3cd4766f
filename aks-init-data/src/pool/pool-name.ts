/** What deliveries are counted by: nodes of one agent pool and architecture have the same bootstrap data. */
export interface PoolName {
  readonly agentPool: string;
  readonly architecture: string;
}

/** Key of the pool's entry in the ConfigMap: letters, digits, `-`, `_` and `.` only. */
export function recordKey({ agentPool, architecture }: PoolName): string {
  return `pool.${clean(agentPool)}.${clean(architecture)}`;
}

/** Name of the pool's lease, a DNS subdomain. */
export function leaseName({ agentPool, architecture }: PoolName): string {
  const name = `castai-aks-init-data-${clean(agentPool)}-${clean(architecture)}`;
  return name.toLowerCase().replaceAll(/[^a-z\d-]/gu, '-');
}

/** Labels begin and end with a letter or digit and have at most 63 characters, which leaves room in both kinds of names. */
function clean(label: string): string {
  return label.replaceAll(/[^\w.-]/gu, '_').slice(0, 63);
}
