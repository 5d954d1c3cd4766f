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
    expect(podSummary(body)).toEqual({ namespace: '', node: '', phase: 'Unknown', cpu: 0, memory: 0 });
  }
});

test('a node shows what it can run and whether it may', () => {
  const body = {
    metadata: { name: 'n', labels: { 'node.kubernetes.io/instance-type': 'Standard_D4s_v5' } },
    spec: { unschedulable: true },
    status: {
      allocatable: { cpu: '3860m', memory: '12Gi', pods: '110' },
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    },
  };
  expect(nodeSummary(body)).toEqual({
    name: 'n',
    ready: true,
    unschedulable: true,
    instanceType: 'Standard_D4s_v5',
    cpu: 3.86,
    memory: 12 * 2 ** 30,
    pods: 110,
  });
  expect(nodeSummary({ metadata: { name: 'n' } })).toMatchObject({ ready: false, unschedulable: false, cpu: 0 });
});
