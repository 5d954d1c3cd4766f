import { expect, it } from 'vitest';
import { theirTimes } from './their-times.ts';

const partner = (address: string, aheadMs: number | undefined, lastAheadMs: number) => ({
  address,
  theirClock: { aheadMs, lastAheadMs },
});

it('each says what is certain, or what its last answer said', () => {
  const both = { apiServer: partner('https://10.0.0.1/', undefined, 5), platform: partner('https://p/', -1, -2) };
  expect(theirTimes(both)).toEqual([
    { whose: 'the API server', address: 'https://10.0.0.1/', aheadMs: undefined },
    { whose: 'the platform', address: 'https://p/', aheadMs: -1 },
  ]);
  expect(theirTimes(both, 'last').map(({ aheadMs }) => aheadMs)).toEqual([5, -2]);
  expect(theirTimes({ apiServer: both.apiServer, platform: undefined }).map(({ whose }) => whose)).toEqual([
    'the API server',
  ]);
});
