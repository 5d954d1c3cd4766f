import { expect, test } from 'vitest';
import { observeProgram, type ProgramSight } from './observe-program.ts';

const QUIET = 5 * 60_000;
const deployment = (name: string, replicas?: number, availableReplicas?: number): unknown => ({
  metadata: { name, namespace: 'castai-agent' },
  spec: { ...(replicas !== undefined && { replicas }) },
  status: { ...(availableReplicas !== undefined && { availableReplicas }) },
});
/** A program with one pod that is ready. */
const WELL: ProgramSight = {
  title: 'cluster controller',
  name: 'cluster-controller',
  deployments: [deployment('castai-cluster-controller', 1, 1)],
  silentMs: 0,
  isHeard: true,
  isKnown: true,
  quietMs: QUIET,
  verdict: { state: 'ok', cause: '' },
};
const f = (more: Partial<ProgramSight>): string => {
  const seen = observeProgram({ ...WELL, ...more });
  if (seen.type !== 'holds') return seen.type;
  const { severity, summary, reason, cure } = seen.condition;
  expect(cure).toBe('Describe a pod of the Deployment, and read its log; `status` and `doctor` in it say what to do.');
  return `${severity}: ${summary}${reason === '' ? '' : ` (${reason})`}`;
};

test('a program without a ready pod is trouble, and one with fewer than it should have a milder one', () => {
  const of = (...deployments: unknown[]): string => f({ deployments });
  expect(of(deployment('castai-cluster-controller', 2, 2))).toBe('clear');
  expect(of(deployment('castai-cluster-controller', 2, 1))).toBe(
    'warning: The cluster controller has fewer pods than it should (castai-agent/castai-cluster-controller has 1 of 2 pods)',
  );
  const none =
    'critical: The cluster controller has no pod that is ready (castai-agent/castai-cluster-controller has 0 of 2 pods)';
  expect(of(deployment('castai-cluster-controller', 2))).toBe(none);
  expect(of(deployment('cluster-controller', 1, 1), deployment('castai-cluster-controller', 2, 0))).toBe(none);
  // What is not said is one, as the API server has it.
  expect(of(deployment('cluster-controller'))).toContain('0 of 1 pods');
});

test('what is not installed, scaled to nothing, or of somebody else is no trouble', () => {
  expect(f({ deployments: [] })).toBe('clear');
  expect(f({ deployments: [deployment('castai-cluster-controller', 0)] })).toBe('clear');
  expect(f({ deployments: [deployment('mycluster-controller', 1), null, {}, 'x'] })).toBe('clear');
  expect(f({ deployments: [deployment('castai-evictor', 1)], silentMs: 10 * QUIET })).toBe('clear');
});

test('a Deployment whose chart says that it is of another program is of somebody else', () => {
  const of = (label: string): string => {
    const metadata = { name: 'kubecost-cluster-controller', labels: { 'app.kubernetes.io/name': label } };
    return f({ deployments: [{ metadata, spec: { replicas: 1 }, status: {} }], silentMs: QUIET });
  };
  expect(of('cost-analyzer')).toBe('clear');
  expect(of('castai-cluster-controller')).toContain('no pod that is ready');
  expect(of('cluster-controller')).toContain('no pod that is ready');
  // As the agent sends labels whose values are not to leave.
  expect(of('masked-0123456789abcdef01234567')).toContain('no pod that is ready');
});

test('what the vendor ships under the same name counts where it has been heard, and what is ours always', () => {
  const of = (image: string, isKnown: boolean): string => {
    const spec = { replicas: 1, template: { spec: { containers: [{ name: 'proxy' }, { name: 'it', image }] } } };
    const metadata = { name: 'castai-cluster-controller' };
    return f({ deployments: [{ metadata, spec, status: { availableReplicas: 1 } }], silentMs: QUIET, isKnown });
  };
  const theirs = 'us-docker.pkg.dev/castai-hub/library/cluster-controller:v1.2.3';
  const silent = 'does not reach the platform';
  expect(of(theirs, false)).toBe('clear');
  expect(of(theirs, true)).toContain(silent);
  expect(of('mirror.example/castai/cluster-controller:1', false)).toContain(silent);
});

test('a pod that is ready and of which nothing comes is trouble after its time', () => {
  expect(f({ silentMs: QUIET - 1 })).toBe('clear');
  expect(f({ silentMs: QUIET })).toBe(
    'critical: The cluster controller does not reach the platform (nothing has come of it for 5 minutes, and its pod is ready)',
  );
  expect(f({ silentMs: undefined })).toBe('clear');
});

test('while nobody has listened for long enough it is not known whether it is silent, and what is known is told', () => {
  const unheard = { silentMs: QUIET - 1, isHeard: false, verdict: undefined };
  expect(f(unheard)).toBe('unknown');
  expect(f({ ...unheard, silentMs: QUIET })).toContain('does not reach the platform');
  expect(f({ ...unheard, silentMs: undefined })).toBe('clear');
  expect(f({ ...unheard, deployments: [] })).toBe('clear');
  expect(f({ ...unheard, deployments: [deployment('castai-cluster-controller', 2, 1)] })).toContain('1 of 2 pods');
});

test('what it says of itself is told, the gravest first', () => {
  const blocked = { state: 'blocked', cause: 'api-server' } as const;
  const degraded = { state: 'degraded', cause: 'trust' } as const;
  const short = [deployment('castai-cluster-controller', 2, 1)];
  expect(f({ verdict: blocked })).toBe('critical: The cluster controller cannot work: api-server');
  expect(f({ verdict: blocked, deployments: short })).toContain('cannot work');
  expect(f({ verdict: degraded, deployments: short })).toBe('warning: The cluster controller works with limits: trust');
  expect(f({ verdict: degraded, silentMs: QUIET })).toContain('does not reach the platform');
  expect(f({ verdict: undefined })).toBe('clear');
  expect(f({ verdict: blocked, deployments: [] })).toBe('clear');
});

test('while nobody knows which Deployments there are, nothing is known', () => {
  expect(f({ deployments: undefined, silentMs: QUIET })).toBe('unknown');
});
