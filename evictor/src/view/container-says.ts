import { type Part, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { unknownKeys } from './unknown-keys.ts';

/**
 * What containers say that is not simulated. Since 1.36 the scheduler keeps a pod off nodes that do not declare what it needs, such as mounts with
 * options, and newer versions will find more: which node declares what is not read here. (KEP-5328)
 */
export function unknownOfContainers(containers: readonly Part[]): string[] {
  return containers.flatMap((container) => [
    ...unknownKeys(container, CONTAINER_FIELDS).map((key) => `container ${key}`),
    ...recordsIn(container['restartPolicyRules'])
      .map(({ action }) => textIn(action))
      .filter((action) => action !== 'Restart')
      .map((action) => `restart action ${action}`),
    ...recordsIn(container['volumeMounts'])
      .flatMap((mount) => unknownKeys(mount, MOUNT_WITHOUT_SAY))
      .map((key) => `volume mount ${key}`),
  ]);
}

/** Fields of a container that have no say in where it goes. */
export const CONTAINER_WITHOUT_SAY: ReadonlySet<string> = new Set(
  `args command env envFrom image imagePullPolicy lifecycle livenessProbe readinessProbe resizePolicy securityContext startupProbe stdin
  stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices workingDir`.split(/\s+/u),
);
/** Those that are read as well. Any other one may have a say. */
const CONTAINER_FIELDS: ReadonlySet<string> = new Set([
  ...CONTAINER_WITHOUT_SAY,
  ...'name ports resources restartPolicy restartPolicyRules volumeMounts'.split(' '),
]);
/** Fields of a mount that have none. */
export const MOUNT_WITHOUT_SAY: ReadonlySet<string> = new Set(
  'mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr'.split(' '),
);
