/** What a pod sees of the machine that it runs on. */
import { type LintRule, podRule } from './lint-rule.ts';
import type { PodPart } from './pod-part.ts';
import { flagAt, partAt, partsAt, textAt } from './read-part.ts';

const SENSITIVE = new Set(['/', '/boot', '/dev', '/etc', '/lib', '/proc', '/sys', '/usr']);

export const HOST_RULES: readonly LintRule[] = [
  podRule('host-network', "the pod is in its node's network", ({ spec }) => flagAt(spec, 'hostNetwork') === true),
  podRule('host-pid', "the pod sees its node's processes", ({ spec }) => flagAt(spec, 'hostPID') === true),
  podRule(
    'host-ipc',
    "the pod shares memory with its node's processes",
    ({ spec }) => flagAt(spec, 'hostIPC') === true,
  ),
  podRule('sensitive-host-mounts', 'a directory of the node that belongs to its system is mounted', (pod) =>
    mounts(pod, (path) => SENSITIVE.has(path)),
  ),
  podRule('writable-host-mount', 'a directory of the node can be written to', (pod) =>
    mounts(pod, (_path, mount) => flagAt(mount, 'readOnly') !== true),
  ),
  podRule('docker-sock', "Docker's socket is mounted", (pod) => mounts(pod, (path) => /docker.sock$/.test(path))),
  podRule('container-runtime-sock', "the container runtime's socket is mounted", (pod) =>
    mounts(pod, (path) => /(?:docker|crio|containerd).sock$/.test(path)),
  ),
];

/** Whether any container mounts such a path of the node. A volume that nobody mounts is none. */
function mounts(pod: PodPart, isSuch: (path: string, mount: Record<string, unknown>) => boolean): boolean {
  const paths = new Map<string, string>();
  for (const volume of partsAt(pod.spec, 'volumes')) {
    const hostPath = partAt(volume, 'hostPath');
    if (hostPath !== undefined) paths.set(textAt(volume, 'name'), textAt(hostPath, 'path'));
  }
  if (paths.size === 0) return false;
  return pod.someContainer((container) =>
    partsAt(container, 'volumeMounts').some((mount) => {
      const path = paths.get(textAt(mount, 'name'));
      return path !== undefined && isSuch(path, mount);
    }),
  );
}
