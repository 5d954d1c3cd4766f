/** What to do about a collection that may not be read. */
export const FORBIDDEN_CURE =
  'let the chart make the ClusterRole (evictor.rbac.create), or take the report that needs it out of REPORTS';

/** What to do where Karpenter has made nodes and its NodeClaims may not be read. */
export const CLAIMS_RIGHT_CURE =
  'let the service account list nodeclaims.karpenter.sh: the chart has it in the ClusterRole (evictor.rbac.create); nothing else depends on it';

/** What to do where the ConfigMap that tells the next maintenance window may not be read: what failed says which one that is. */
export const WINDOW_RIGHT_CURE =
  'let the service account get this ConfigMap: the chart makes the Role (evictor.maintenanceConfigMap, evictor.rbac.create); or take MAINTENANCE_CONFIG_MAP out';
