/** Kubernetes' own, OpenKruise's of the same name, `ExtendedDaemonSetReplicaSet`, and whatever else is called after it. */
const DAEMON_KIND = /DaemonSet/u;

/** Whether a controller of this kind keeps a pod on every node: it ends with the node, and is made anew on it. */
export function isDaemonKind(kind: string): boolean {
  return DAEMON_KIND.test(kind);
}
