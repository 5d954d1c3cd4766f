/** What to do when the API server does not allow the node to be read or marked. */
export const NODE_RIGHTS_CURE =
  'grant get, watch and patch on nodes to the service account: the chart makes the ClusterRole';
