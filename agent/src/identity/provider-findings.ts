import type { ClusterRegistration } from './registration.ts';

/** What nodes and operator tell about a cluster of one provider: all that is needed, or everything that is missing. */
export type ProviderFindings =
  | { readonly registration: ClusterRegistration; readonly reasons: readonly string[] }
  | { readonly registration?: never; readonly problems: readonly string[] };
