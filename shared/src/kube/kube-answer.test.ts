import { ManualClock } from '../../testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { type KubeAnswer, measured } from './kube-answer.ts';
import { KubeError } from './kube-error.ts';

async function tell(request: (clock: ManualClock) => Promise<{ status: number }>): Promise<KubeAnswer[]> {
  const clock = new ManualClock();
  const told: KubeAnswer[] = [];
  const measuring = { verb: 'list' as const, clock, onAnswer: (answer: KubeAnswer) => void told.push(answer) };
  await measured(measuring, () => request(clock)).catch(() => undefined);
  return told;
}

describe('a measured request', () => {
  it('tells its class and how long its answer took', async () => {
    const told = await tell(async (clock) => {
      await clock.advance(30);
      return { status: 200 };
    });
    expect(told).toEqual([{ verb: 'list', code: '2xx', durationMs: 30 }]);
  });

  it('tells the class of a refusal, and none where nobody answered', async () => {
    const refused = await tell(() => Promise.reject(new KubeError('KUBE_THROTTLED', 'later', { status: 429 })));
    const unreachable = await tell(() => Promise.reject(new KubeError('KUBE_UNREACHABLE', 'refused')));
    expect([refused, unreachable].map(([answer]) => answer?.code)).toEqual(['4xx', 'none']);
  });

  it('throws what the request threw', async () => {
    const error = new KubeError('KUBE_UNREACHABLE', 'refused');
    const measuring = { verb: 'get' as const, clock: new ManualClock(), onAnswer: undefined };
    await expect(measured(measuring, () => Promise.reject(error))).rejects.toBe(error);
  });
});
