/** Start of programs and whatever else does not grow with the cluster, generously. */
const LEAST_MS = 600_000;
/** 150,000 pods and their PodMetrics were complete after 1,856 s where the agent had a tenth of a core: 12 ms a pod, and as much again. */
const POD_MS = 25;

/** How long something may take that has to do with each of so many pods, before it counts as never: no figure depends on it. */
export function patienceMs(pods: number): number {
  return LEAST_MS + pods * POD_MS;
}
