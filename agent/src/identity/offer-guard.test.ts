import { expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { OfferGuard } from './offer-guard.ts';

/** A guard whose questions are answered by hand; the platform was told v1.36.2. */
function guarded() {
  const questions: PromiseWithResolvers<Record<string, unknown>>[] = [];
  const log: string[] = [];
  const guard = new OfferGuard({
    client: {
      get: (path) => {
        log.push(`get ${path}`);
        const question = Promise.withResolvers<Record<string, unknown>>();
        questions.push(question);
        return question.promise;
      },
    },
    told: () => 'v1.36.2',
    outbox: {
      declineOffers: (feedId) => log.push(`decline ${feedId}`),
      confirmOffers: (feedId) => log.push(`confirm ${feedId}`),
      distrustOffers: (feedId) => log.push(`distrust ${feedId}`),
    },
    onBroken: (error) => log.push(`broken ${String(error)}`),
  });
  const answer = async (index: number, gitVersion: unknown): Promise<void> => {
    questions[index]?.resolve({ gitVersion });
    await new Promise(setImmediate);
  };
  const fail = async (index: number, error: Error): Promise<void> => {
    questions[index]?.reject(error);
    await new Promise(setImmediate);
  };
  return { guard, log, answer, fail };
}

it('confirms the feeds whose snapshots began before it asked, and asks once more for the others', async () => {
  const { guard, log, answer } = guarded();
  guard.ask(1);
  guard.ask(2);
  guard.ask(3);
  await answer(0, 'v1.36.2');
  expect(log).toEqual(['get /version', 'confirm 1', 'get /version']);
  await answer(1, 'v1.36.2');
  expect(log.slice(3)).toEqual(['confirm 2', 'confirm 3']);
  guard.ask(1);
  await answer(2, 'v1.36.2');
  expect(log.slice(5)).toEqual(['get /version', 'confirm 1']);
});

it('says nothing to a snapshot that began after it asked', async () => {
  const { guard, log, answer } = guarded();
  guard.ask(1);
  guard.ask(1);
  await answer(0, 'v1.36.2');
  expect(log).toEqual(['get /version', 'get /version']);
  await answer(1, 'v1.37.0');
  expect(log.slice(2)).toEqual(['distrust 1']);
});

it('distrusts what was sent of an API server of another version', async () => {
  const { guard, log, answer } = guarded();
  guard.ask(1);
  await answer(0, 'v1.37.0');
  expect(log).toEqual(['get /version', 'distrust 1']);
});

it('declines while the API server does not say its version, and asks with the next snapshot', async () => {
  const { guard, log, answer, fail } = guarded();
  guard.ask(1);
  await fail(0, new KubeError('KUBE_UNREACHABLE', 'refused'));
  guard.ask(1);
  await answer(1, undefined);
  guard.ask(1);
  await answer(2, 'v1.36.2');
  expect(log.filter((line) => line !== 'get /version')).toEqual(['decline 1', 'decline 1', 'confirm 1']);
});

it('tells a bug as one, and goes on', async () => {
  const { guard, log, answer, fail } = guarded();
  guard.ask(1);
  await fail(0, new TypeError('x'));
  guard.ask(2);
  await answer(1, 'v1.36.2');
  expect(log).toEqual(['get /version', 'broken TypeError: x', 'get /version', 'confirm 2']);
});
