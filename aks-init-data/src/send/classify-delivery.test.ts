import type { Verdict } from '@castai/shared/wire/transport.ts';
import { expect, it } from 'vitest';
import { classifyDelivery } from './classify-delivery.ts';

const TABLE: Record<Verdict['kind'], [result: string, retry: string]> = {
  NO_ANSWER: ['no_answer', 'backoff'],
  UNAVAILABLE: ['unavailable', 'backoff'],
  INTERFERENCE: ['interference', 'slow'],
  UNAUTHORIZED: ['unauthorized', 'slow'],
  UNKNOWN_CLUSTER: ['unknown_cluster', 'slow'],
  REJECTED: ['rejected', 'refused'],
  TOO_LARGE: ['rejected', 'refused'],
  UNSUPPORTED_ENCODING: ['rejected', 'refused'],
  FENCED: ['interference', 'slow'],
  NOT_LEADER: ['interference', 'slow'],
  GAP: ['interference', 'slow'],
  UNKNOWN_EPOCH: ['interference', 'slow'],
};

it('every verdict of the transport has a result and a pace', () => {
  for (const [kind, [result, retry]] of Object.entries(TABLE)) {
    expect([kind, classifyDelivery({ kind, byPlatform: true, detail: '' } as Verdict)]).toEqual([
      kind,
      { result, retry },
    ]);
  }
});

it('a key that was exchanged meanwhile is tried at once', () => {
  const verdict: Verdict = { kind: 'UNAUTHORIZED', keyChanged: true, detail: '' };
  expect(classifyDelivery(verdict)).toEqual({ result: 'unauthorized', retry: 'now' });
});

it('nobody but the platform refuses for good: a firewall says 400, 413, 415 and 422 as well', () => {
  const strangers: Verdict[] = [
    { kind: 'REJECTED', byPlatform: false, status: 400, detail: '' },
    { kind: 'TOO_LARGE', byPlatform: false, status: 413, detail: '' },
    { kind: 'TOO_LARGE', status: 413, detail: '' },
    { kind: 'UNSUPPORTED_ENCODING', byPlatform: false, status: 415, detail: '' },
  ];
  for (const verdict of strangers) {
    expect([verdict, classifyDelivery(verdict)]).toEqual([verdict, { result: 'interference', retry: 'slow' }]);
  }
});
