/** What a container may do to the machine that it runs on. */
import { type LintRule, podRule } from './lint-rule.ts';
import type { PodPart } from './pod-part.ts';
import { flagAt, numberAt, type Part, partAt, partsAt, textAt, textsAt } from './read-part.ts';

/** What the Pod Security Standards let a container add to what it has (their level "baseline"). */
const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
/** Beginnings of names; kube-linter's list, which is older than the list of safe ones has grown since. */
const UNSAFE_SYSCTLS = ['kernel.msg', 'kernel.sem', 'kernel.shm', 'fs.mqueue.', 'net.'];

export const PRIVILEGE_RULES: readonly LintRule[] = [
  podRule('privileged-container', 'a container is privileged', (pod) =>
    pod.someContext((context) => flagAt(context, 'privileged') === true),
  ),
  podRule('privilege-escalation-container', 'a container may gain more privileges than its parent', (pod) =>
    pod.someContext((context) => flagAt(context, 'allowPrivilegeEscalation') === true),
  ),
  podRule('drop-net-raw-capability', 'a container names capabilities and does not drop NET_RAW', (pod) =>
    pod.someContext((context) => keepsNetRaw(partAt(context, 'capabilities'))),
  ),
  podRule(
    'capabilities-beyond-baseline',
    'a container adds a capability that the Pod Security Standards (baseline) do not allow',
    (pod) => pod.someContext((context) => addsBeyondBaseline(partAt(context, 'capabilities'))),
  ),
  podRule('run-as-non-root', 'a container may run as root', (pod) => {
    const ofPod = partAt(pod.spec, 'securityContext');
    return pod.someContext((context) => mayRunAsRoot(context, ofPod));
  }),
  podRule('no-read-only-root-fs', 'a container can write to its root file system', (pod) =>
    pod.someContext((context) => flagAt(context, 'readOnlyRootFilesystem') !== true),
  ),
  podRule('unsafe-proc-mount', 'a container sees all of /proc', (pod) =>
    pod.someContext((context) => textAt(context, 'procMount').toLowerCase() === 'unmasked'),
  ),
  podRule('unsafe-sysctls', 'the pod sets a sysctl that is not safe', setsUnsafeSysctl),
];

/** Of one that names none at all the rule says nothing: kube-linter's reading. */
function keepsNetRaw(capabilities: Part): boolean {
  if (capabilities === undefined) return false;
  const isNetRaw = (name: string): boolean => name.includes('NET_RAW') || isAll(name);
  return textsAt(capabilities, 'add').some(isNetRaw) || !textsAt(capabilities, 'drop').some(isNetRaw);
}

/** Capabilities are written with and without the prefix of the kernel's own names. */
function addsBeyondBaseline(capabilities: Part): boolean {
  return textsAt(capabilities, 'add').some(
    (name) => !BASELINE_CAPABILITIES.has(name.toUpperCase().replace(/^CAP_/, '')),
  );
}

const isAll = (name: string): boolean => name.toLowerCase() === 'all';

/** What the container says goes before what the pod says. */
function mayRunAsRoot(context: Part, ofPod: Part): boolean {
  const group = numberAt(context, 'runAsGroup') ?? numberAt(ofPod, 'runAsGroup');
  if (group === 0) return true;
  const user = numberAt(context, 'runAsUser') ?? numberAt(ofPod, 'runAsUser');
  if (user !== undefined) return user === 0;
  return (flagAt(context, 'runAsNonRoot') ?? flagAt(ofPod, 'runAsNonRoot')) !== true;
}

function setsUnsafeSysctl(pod: PodPart): boolean {
  const sysctls = partsAt(partAt(pod.spec, 'securityContext'), 'sysctls');
  return sysctls.some((sysctl) => UNSAFE_SYSCTLS.some((prefix) => textAt(sysctl, 'name').startsWith(prefix)));
}
