import { expect, test } from 'vitest';
import { parseNoticeTime } from './notice-time.ts';

test('times of all three providers are read, in every spelling that was seen', () => {
  const f = (text: string, expected: string | undefined): void => {
    const atMs = parseNoticeTime(text);
    expect([text, atMs === undefined ? undefined : new Date(atMs).toISOString()]).toEqual([text, expected]);
  };
  f('Mon, 19 Sep 2016 18:29:47 GMT', '2016-09-19T18:29:47.000Z');
  // One digit of the day, as on AWS.
  f('5 Jan 2019 09:00:43 GMT', '2019-01-05T09:00:43.000Z');
  f('Tue, 5 Jan 2021 9:00:43 GMT', '2021-01-05T09:00:43.000Z');
  // The vendor's own sample names the wrong day of the week.
  f('Tue, 11 Apr 2026 22:26:58 GMT', '2026-04-11T22:26:58.000Z');
  f('2022-04-11T22:26:58Z', '2022-04-11T22:26:58.000Z');
  f('2022-04-11T22:26:58', '2022-04-11T22:26:58.000Z');
  f('2022-04-11T22:26:58.123Z', '2022-04-11T22:26:58.123Z');
  f('2022-04-11T22:26:58+02:00', '2022-04-11T20:26:58.000Z');
  f('', undefined);
  f('soon', undefined);
  f('Mon, 19 Foo 2016 18:29:47 GMT', undefined);
  f('Mon, 19 Sep 2016 25:29:47 GMT', undefined);
  f('32 Sep 2016 18:29:47 GMT', undefined);
});
