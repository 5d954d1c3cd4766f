import { expect, test } from 'vitest';
import { Refusal } from '../answer/refusal.ts';
import { refuseForeignHost, refuseForeignPage } from './refuse-foreign.ts';

function isRefused(refuse: typeof refuseForeignPage, headers: Readonly<Record<string, string>>): boolean {
  try {
    refuse({ headers });
    return false;
  } catch (error) {
    return error instanceof Refusal && error.status === 403;
  }
}

test('a name that somebody made point here is not ours', () => {
  for (const refuse of [refuseForeignHost, refuseForeignPage]) {
    expect(isRefused(refuse, { host: 'evil.example:8080' })).toBe(true);
    expect(isRefused(refuse, { host: '127.0.0.1:8080' })).toBe(false);
    expect(isRefused(refuse, { host: 'localhost:8080' })).toBe(false);
    expect(isRefused(refuse, {})).toBe(false);
  }
});

test('what a page of elsewhere makes a browser send changes nothing; a link to the page may be followed', () => {
  const f = (site: string): boolean[] =>
    [refuseForeignHost, refuseForeignPage].map((refuse) =>
      isRefused(refuse, { host: '[::1]', 'sec-fetch-site': site }),
    );
  expect(f('cross-site')).toEqual([false, true]);
  // Another port of this machine.
  expect(f('same-site')).toEqual([false, true]);
  expect(f('same-origin')).toEqual([false, false]);
  expect(f('none')).toEqual([false, false]);
});

test('a page of elsewhere is known by its origin where the browser tells nothing of its site', () => {
  const f = (origin: string): boolean[] =>
    [refuseForeignHost, refuseForeignPage].map((refuse) => isRefused(refuse, { host: '10.0.0.1:8080', origin }));
  expect(f('http://evil.example')).toEqual([false, true]);
  expect(f('http://10.0.0.1:9090')).toEqual([false, true]);
  expect(f('null')).toEqual([false, true]);
  expect(f('http://10.0.0.1:8080')).toEqual([false, false]);
});
