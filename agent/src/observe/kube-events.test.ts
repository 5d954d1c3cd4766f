import { describe, expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { PLAIN } from '@castai/shared/verdict/common-troubles.ts';
import type { Problem, Trouble } from '@castai/shared/verdict/problem.ts';
import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import type { OwnWorkload } from '../connect/find-own-workload.ts';
import { KubeEvents } from './kube-events.ts';

const WORKLOAD = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'ns', name: 'agent', uid: 'u-1' };
const lost: Trouble = {
  ...PLAIN,
  cause: 'platform',
  severity: 'blocked',
  why: 'the key topsecret-1 was quoted',
  address: 'https://api.example/',
  cure: 'look at what lies between',
};
const OK: Verdict = { state: 'ok', since: '', cause: '', why: '', address: '', cure: '', runbook: '', others: 0 };
const ended = (trouble: Trouble): Problem => ({ ...trouble, since: '', durationMs: 71_000, count: 1 });

/** Events that are written with these answers, the last one for ever, about these workloads. */
async function scenario({
  answers = ['ok'],
  workloads = [WORKLOAD],
}: {
  answers?: readonly (Error | 'ok')[];
  workloads?: readonly (OwnWorkload | Error | undefined)[];
} = {}) {
  const clock = new ManualClock();
  const secrets = new KnownSecrets();
  secrets.add('platform key', 'topsecret-1');
  const [written, debugged, bugs]: [string[], string[], unknown[]] = [[], [], []];
  const [answerQueue, workloadQueue] = [[...answers], [...workloads]];
  let asked = 0;
  const events = new KubeEvents({
    client: {
      patch: async (path, { contentType, body }) => {
        const answer = answerQueue.length > 1 ? answerQueue.shift() : answerQueue[0];
        const { type, reason, message, count } = body as Record<string, string | number>;
        written.push([path, contentType, type, reason, count, message].join(' | '));
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({});
      },
    },
    findWorkload: async () => {
      asked += 1;
      const found = workloadQueue.length > 1 ? workloadQueue.shift() : workloadQueue[0];
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    reporter: 'agent-1-x',
    secrets,
    logger: { debug: (message, { error } = {}) => void debugged.push(`${message}: ${String(error)}`) },
    clock,
    onBug: (error) => bugs.push(error),
  });
  const stop = new AbortController();
  const run = events.run(stop.signal).catch((error: unknown) => error);
  await clock.advance(0);
  return { clock, events, written, debugged, bugs, stop, run, asked: () => asked };
}

const APPLY = 'fieldManager=castai-agent&force=true | application/apply-patch+yaml';

describe('Events on the own Deployment', () => {
  it('say that the cluster is known, that delivery is lost and why, and that it is regained after how long', async () => {
    const { clock, events, written, asked, bugs } = await scenario();
    events.note('c-1');
    events.note('c-1');
    events.onProblemBegan(lost);
    events.onProblemEnded(ended(lost), OK);
    await clock.advance(0);
    expect(written).toEqual([
      `/api/v1/namespaces/ns/events/agent.registered?${APPLY} | Normal | Registered | 1 | the platform knows this cluster as c-1`,
      `/api/v1/namespaces/ns/events/agent.delivery-lost?${APPLY} | Warning | DeliveryLost | 1 | nothing is delivered to the platform (https://api.example/): the key [secret] was quoted; look at what lies between`,
      `/api/v1/namespaces/ns/events/agent.delivery-regained?${APPLY} | Normal | DeliveryRegained | 1 | delivery works again after 71 s`,
    ]);
    expect([asked(), bugs]).toEqual([1, []]);
  });

  it('name each cause for which nothing is delivered, and no other', async () => {
    const { clock, events, written } = await scenario();
    for (const cause of ['api-key', 'fenced', 'cluster-id', 'api-server', 'feeds', 'starting'] as const) {
      events.onProblemBegan({ ...lost, cause });
    }
    await clock.advance(0);
    expect(written.map((text) => text.split(' | ')[3])).toEqual(['KeyRefused', 'Fenced', 'DeliveryLost']);
  });

  it('do not say that delivery is regained while another cause stands in its way, and do when what is left is none', async () => {
    const { clock, events, written } = await scenario();
    events.onProblemEnded(ended(lost), { ...OK, state: 'blocked', cause: 'api-key' });
    events.onProblemEnded(ended({ ...lost, cause: 'feeds' }), OK);
    await clock.advance(0);
    expect(written).toEqual([]);
    events.onProblemEnded(ended(lost), { ...OK, state: 'degraded', cause: 'feeds' });
    await clock.advance(0);
    expect(written).toHaveLength(1);
  });

  it('are one object that counts, written once a minute however often it happens', async () => {
    const { clock, events, written } = await scenario();
    for (let time = 0; time < 30; time += 1) {
      events.onProblemBegan(lost);
      await clock.advance(1_000);
    }
    expect(written.map((text) => text.split(' | ')[4])).toEqual(['1']);
    await clock.advance(30_000);
    expect(written.map((text) => text.split(' | ')[4])).toEqual(['1', '30']);
    await clock.advance(600_000);
    expect(written).toHaveLength(2);
  });

  it('are not tried again when they are refused: a line for debugging, and the next one is written when it happens', async () => {
    const refused = new KubeError('KUBE_FORBIDDEN', 'events is forbidden');
    const { clock, events, written, debugged } = await scenario({ answers: [refused, 'ok'] });
    events.onProblemBegan(lost);
    await clock.advance(3_600_000);
    expect(written).toHaveLength(1);
    expect(debugged).toEqual([`a Kubernetes Event could not be written; it is not tried again: ${String(refused)}`]);
    events.onProblemBegan(lost);
    await clock.advance(0);
    expect(written.at(-1)).toContain('| DeliveryLost | 2 |');
  });

  it('look for what they are about until it is found, and are not written without', async () => {
    const away = new KubeError('KUBE_UNREACHABLE', 'nobody answers');
    const { clock, events, written, debugged, asked } = await scenario({ workloads: [away, undefined, WORKLOAD] });
    for (const id of ['c-1', 'c-2', 'c-3', 'c-4']) {
      events.note(id);
      await clock.advance(60_000);
    }
    expect(written.map((text) => text.split(' | ').slice(3).join(' '))).toEqual([
      'Registered 3 the platform knows this cluster as c-3',
      'Registered 4 the platform knows this cluster as c-4',
    ]);
    expect(debugged).toHaveLength(2);
    expect(asked()).toBe(3);
  });

  it('end with the program, and leave no timer behind', async () => {
    const { clock, events, written, stop, run } = await scenario();
    events.onProblemBegan(lost);
    await clock.advance(0);
    events.onProblemBegan(lost);
    const reason = new Error('over');
    stop.abort(reason);
    expect(await run).toBe(reason);
    events.note('c-1');
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(3_600_000);
    expect(written).toHaveLength(1);
  });
});
