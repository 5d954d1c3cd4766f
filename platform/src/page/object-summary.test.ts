import { expect, test } from 'vitest';
import { nodeSummary, podSummary } from './object-summary.ts';

const container = (cpu: string, memory: string, more: object = {}) => ({
  resources: { requests: { cpu, memory } },
  ...more,
});

test('a pod asks for its containers and sidecars together, or for its largest init container', () => {
  const f = (spec: object, phase = 'Running') => {
    const { cpu, memory } = podSummary({ metadata: { namespace: 'a' }, spec, status: { phase } });
    return [cpu, memory / 2 ** 20];
  };
  const containers = [container('100m', '64Mi'), container('200m', '64Mi')];
  expect(f({ containers })).toEqual([expect.closeTo(0.3), 128]);
  const sidecar = container('50m', '16Mi', { restartPolicy: 'Always' });
  expect(f({ containers, initContainers: [sidecar] })).toEqual([expect.closeTo(0.35), 144]);
  expect(f({ containers, initContainers: [container('1', '8Mi')] })).toEqual([1, 128]);
  expect(f({ containers, overhead: { cpu: '10m', memory: '1Mi' } })).toEqual([expect.closeTo(0.31), 129]);
  expect(f({ containers }, 'Succeeded')).toEqual([0, 0]);
});

test('a pod without anything is of unknown phase and on no node', () => {
  for (const body of [undefined, {}, { spec: 1, status: null }]) {
    expect(podSummary(body)).toEqual({ namespace: '', name: '', node: '', phase: 'Unknown', cpu: 0, memory: 0 });
  }
});

test('a node shows what it can run and whether it may', () => {
  const body = {
    metadata: {
      name: 'N',
      creationTimestamp: '1970-01-01T00:00:05Z',
      labels: {
        'node.kubernetes.io/instance-type': 'Standard_D4s_v5',
        'topology.kubernetes.io/zone': 'westeurope-1',
        'kubernetes.azure.com/scalesetpriority': 'spot',
      },
    },
    spec: { unschedulable: true, providerID: 'azure:///A' },
    status: {
      allocatable: { cpu: '3860m', memory: '12Gi', pods: '110' },
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    },
  };
  expect(nodeSummary(body)).toEqual({
    name: 'N',
    ready: true,
    unschedulable: true,
    instanceType: 'Standard_D4s_v5',
    zone: 'westeurope-1',
    isSpot: true,
    createdAtMs: 5_000,
    cpu: 3.86,
    memory: 12 * 2 ** 30,
    pods: 110,
    ids: ['azure:///a', 'n'],
    mark: undefined,
  });
  expect(nodeSummary({ metadata: { name: 'n' } })).toMatchObject({ ready: false, unschedulable: false, cpu: 0 });
});
