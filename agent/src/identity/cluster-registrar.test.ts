import { expect, it } from 'vitest';
import { createLogger } from '@castai/shared/log/logger.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ClusterRegistrar } from './cluster-registrar.ts';

const ANSWERS: Record<string, Record<string, unknown>> = {
  '/api/v1/namespaces/kube-system': { metadata: { uid: 'u-1' } },
  '/api/v1/nodes?limit=10': { items: [{ metadata: { name: 'rack-1' } }] },
};

it('asks API server and platform, and tells the log and the status page how it goes', async () => {
  const clock = new ManualClock();
  const lines: { message: string }[] = [];
  const logger = createLogger({
    level: 'info',
    name: 'test',
    clock,
    destination: { write: (line: string) => lines.push(JSON.parse(line)) },
  });
  let isAway = true;
  const refusals: string[] = [];
  const registrar = new ClusterRegistrar({
    config: { anywhereClusterName: 'lab' },
    client: { get: async (path) => ANSWERS[path] ?? {} },
    rest: {
      call: async ({ parse }) => {
        const answer = parse(new Map([['id', 'id-of-lab']]));
        return isAway || !answer.valid
          ? { ok: false, verdict: { kind: 'UNAVAILABLE', detail: '503', hint: 'wait' } }
          : { ok: true, value: answer.value };
      },
    },
    observer: { onRegistrationRefused: ({ kind }) => void refusals.push(kind) },
    logger,
    clock,
    random: () => 0.5,
  });

  const registered = registrar.register(new AbortController().signal);
  await clock.advance(100);
  expect(registrar.status).toEqual({
    provider: '',
    'recognised by': '',
    registration: 'registering',
    'registration failures': 1,
    'last registration failure': '503; wait',
  });
  expect(refusals).toEqual(['UNAVAILABLE']);

  isAway = false;
  await clock.advance(150);
  expect(await registered).toBe('id-of-lab');
  expect(registrar.status).toEqual({
    provider: 'anywhere',
    'recognised by': 'no node is of AKS, EKS or GKE; the uid of kube-system is the identity',
    registration: 'done',
    'registration failures': 0,
    'last registration failure': '',
  });
  expect(lines.map((line) => line.message)).toEqual([
    'registering the cluster failed, will try again: 503; wait',
    'cluster is known: no node is of AKS, EKS or GKE; the uid of kube-system is the identity',
  ]);
});
