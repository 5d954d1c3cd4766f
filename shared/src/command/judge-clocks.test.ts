import { expect, it } from 'vitest';
import { judgeClocks } from './judge-clocks.ts';

const judge = (...aheadMs: (number | undefined)[]): string => {
  const whose = ['the API server', 'the platform'];
  const { id, severity, detail, cure } = judgeClocks(
    aheadMs.map((one, index) => ({ whose: whose[index] ?? '', address: '', aheadMs: one })),
  );
  return `${id} ${severity}: ${detail}${cure === '' ? '' : ` | ${cure}`}`;
};

it('a clock that is off is a warning, by the answers that were to be had', () => {
  expect(judge(0, 29_000)).toBe(
    'clock ok: the clock of this machine is as that of the API server, and as that of the platform',
  );
  expect(judge(undefined, 0)).toBe('clock ok: the clock of this machine is as that of the platform');
  expect(judge(-7_200_000, undefined)).toBe(
    'clock warning: the clock of this machine is 2 h behind that of the API server | look at the time service of this machine (chrony, systemd-timesyncd)',
  );
  expect(judge(1_000, 7_200_000)).toMatch(
    /2 h ahead of that of the platform, and as that of the API server \| .*: one of them is off$/u,
  );
  expect(judge(undefined, undefined)).toBe('clock skipped: not checked: no answer told the time');
});
