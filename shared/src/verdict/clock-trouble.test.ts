import { expect, it } from 'vitest';
import { clockTrouble, type TheirTime, withinLimit } from './clock-trouble.ts';

const times = (apiServer?: number, platform?: number): TheirTime[] => [
  { whose: 'the API server', address: 'https://10.0.0.1/', aheadMs: apiServer },
  { whose: 'the platform', address: 'https://platform.example/', aheadMs: platform },
];
const CURE = 'look at the time service of this machine (chrony, systemd-timesyncd)';
const f = (others: readonly TheirTime[], why: string, address: string, cure: string): void =>
  expect(clockTrouble(others, 'page')).toEqual({
    cause: 'clock',
    severity: 'degraded',
    why,
    address,
    cure,
    runbook: 'page',
    subjects: [],
  });

it('a clock that everybody who tells the time calls off is off', () => {
  f(
    times(7_200_000, 7_201_000),
    'the clock of this machine is 2 h ahead of that of the API server, and 2 h ahead of that of the platform',
    'https://10.0.0.1/',
    CURE,
  );
  f(
    times(undefined, -40_000),
    'the clock of this machine is 40 s behind that of the platform',
    'https://platform.example/',
    CURE,
  );
});

it('one that another agrees with may be right, and both are said', () => {
  f(
    times(0, -10_800_000),
    'the clock of this machine is 3 h behind that of the platform, and as that of the API server',
    'https://platform.example/',
    `${CURE}, at that of the API server, then at that of the platform: one of them is off`,
  );
});

it('while nobody says otherwise the clock is right', () => {
  for (const others of [[], times(), times(0), times(0, 0), times(undefined, 0)])
    expect(clockTrouble(others)).toBeUndefined();
});

it('a single answer is believed from half a minute on', () => {
  expect([30_000, -30_000, 30_001, -30_001].map(withinLimit)).toEqual([0, 0, 30_001, -30_001]);
});
