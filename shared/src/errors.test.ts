import { describe, expect, it } from 'vitest';
import {
  assert,
  CastaiError,
  causesOf,
  describeError,
  errorCodeOf,
  must,
  toCastaiError,
  unreachable,
} from './errors.ts';

describe('errors', () => {
  it('keep code, hint and cause', () => {
    const cause = new Error('root');
    const error = new CastaiError('PORT_IN_USE', 'taken', { cause, hint: 'choose another' });
    expect(error).toMatchObject({
      name: 'CastaiError',
      code: 'PORT_IN_USE',
      message: 'taken',
      hint: 'choose another',
      cause,
    });
    expect('cause' in new CastaiError('INTERNAL', 'x')).toBe(false);
  });

  it('pass unchanged when they are ours', () => {
    const ours = new CastaiError('KUBE_EXPIRED', 'old');
    expect(toCastaiError(ours, 'INTERNAL')).toBe(ours);
  });

  it('turn anything thrown into ours, with the cause', () => {
    const f = (value: unknown, code: string, message: string): void => {
      expect(toCastaiError(value, 'KUBE_UNREACHABLE')).toMatchObject({ code, message, cause: value });
    };
    f(new TypeError('bad'), 'KUBE_UNREACHABLE', 'bad');
    f('text', 'KUBE_UNREACHABLE', 'text');
    f({ token: 'hunter2' }, 'KUBE_UNREACHABLE', 'a thrown object');
    f(new DOMException('stopped', 'AbortError'), 'ABORTED', 'stopped');
  });

  it('find words for errors without a message', () => {
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(describeError(refused)).toBe('ECONNREFUSED');
    expect(describeError(new AggregateError([refused, new Error('no route')], ''))).toBe('ECONNREFUSED; no route');
    expect(describeError(new RangeError(''))).toBe('RangeError');
    expect(errorCodeOf(refused)).toBe('ECONNREFUSED');
    expect(errorCodeOf({ code: 7 })).toBeUndefined();
    expect(errorCodeOf(null)).toBeUndefined();
  });

  it('list causes from the nearest to the root, and end on a ring', () => {
    const root = new Error('root');
    const middle = new Error('middle', { cause: root });
    expect(causesOf(new Error('top', { cause: middle }))).toEqual([middle, root]);
    root.cause = middle;
    expect(causesOf(middle)).toHaveLength(8);
  });

  it('say of what cannot be that it is a bug', () => {
    const f = (act: () => unknown, message: string): void => {
      expect(act).toThrow(expect.objectContaining({ name: 'CastaiError', code: 'INTERNAL', message }));
    };
    f(() => assert(Number('1') > 2, 'one is more than two'), 'BUG: one is more than two');
    f(() => must(undefined, 'nothing there'), 'BUG: nothing there');
    f(() => must(null, 'nothing there'), 'BUG: nothing there');
    f(() => unreachable('x' as never), 'BUG: a case that cannot happen: "x"');
  });

  it('are not made of what is as it must be, absent-looking values among them', () => {
    assert(Number('2') > 1, 'fine');
    for (const value of [0, '', false]) expect(must(value, 'there is something')).toBe(value);
  });
});
