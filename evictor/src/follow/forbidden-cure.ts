/** What to do about a collection that may not be read. */
export const FORBIDDEN_CURE =
  'let the chart make the ClusterRole (evictor.rbac.create), or take the report that needs it out of REPORTS';
