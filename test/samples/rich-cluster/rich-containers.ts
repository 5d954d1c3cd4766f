import fc from 'fast-check';
import { inPercent, present, sometimes } from './arbitraries.ts';
import { DEVICE } from './rich-names.ts';

/** What a template runs, and what that requests. */

const amount = fc.constantFrom(0, 1, 1, 1, 2, 3);

const hostPort = fc
  .record({
    hostPort: fc.constantFrom(80, 81),
    protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
    hostIP: fc.constantFrom(undefined, undefined, '0.0.0.0', '127.0.0.1', '10.0.0.1'),
  })
  .map((one) => present({ containerPort: one.hostPort, ...one }));

/** Containers, those that run before and beside them, and what is said for the pod as a whole. */
export const richContainers: fc.Arbitrary<Record<string, unknown>> = fc
  .record({
    cpu: amount,
    memory: amount,
    device: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 0, 1),
    storage: fc.constantFrom(undefined, undefined, undefined, 1),
    port: sometimes(15, hostPort),
    /** It begins by itself with more than it goes on with. */
    init: sometimes(15, amount),
    sidecar: sometimes(15, fc.record({ cpu: amount, port: sometimes(20, hostPort) })),
    wholeCpu: sometimes(10, fc.nat(1)),
    hasSecond: inPercent(15),
  })
  .map(({ cpu, memory, device, storage, port, init, sidecar, wholeCpu, hasSecond }) => {
    const beside = (sidecar?.cpu ?? 0) + (hasSecond ? 1 : 0);
    return present({
      containers: [
        container('main', { cpu, memory, [DEVICE]: device, 'ephemeral-storage': storage }, port),
        ...(hasSecond ? [container('second', { cpu: 1 })] : []),
      ],
      initContainers: [
        ...(sidecar === undefined
          ? []
          : [{ ...container('sidecar', { cpu: sidecar.cpu }, sidecar.port), restartPolicy: 'Always' }]),
        ...(init === undefined ? [] : [container('init', { cpu: init + 1, memory: init })]),
      ],
      // For the pod as a whole at least what its containers request together.
      resources:
        wholeCpu === undefined
          ? undefined
          : { requests: { cpu: `${Math.max(cpu + beside, (init ?? -1) + 1 + (sidecar?.cpu ?? 0)) + wholeCpu}` } },
    });
  });

function container(name: string, requests: Record<string, number | undefined>, port?: object): object {
  const wanted = Object.entries(present(requests)).map(([resource, of]) => [resource, String(of)]);
  const devices = requests[DEVICE] === undefined ? {} : { limits: { [DEVICE]: String(requests[DEVICE]) } };
  return present({
    name,
    image: 'none',
    resources: { requests: Object.fromEntries(wanted), ...devices },
    ports: port === undefined ? undefined : [port],
  });
}
