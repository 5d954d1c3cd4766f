import { describe, expect, it } from 'vitest';
import { CastaiError, toCastaiError } from '../errors.ts';
import { errorFields } from './error-fields.ts';
import { redactText } from './redact.ts';

const OPTIONS = { withStack: false, redact: redactText };

describe('error fields', () => {
  it('hold code, message, hint and causes down to the root', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });
    const error = new CastaiError('KUBE_UNREACHABLE', 'cannot list pods', {
      cause: new Error('socket closed', { cause: root }),
      hint: 'check the network policy',
    });
    expect(errorFields(error, OPTIONS)).toEqual({
      code: 'KUBE_UNREACHABLE',
      message: 'cannot list pods',
      hint: 'check the network policy',
      causes: [{ message: 'socket closed' }, { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:443' }],
    });
  });

  it('leave out causes that only repeat, bodies and headers', () => {
    const cause = Object.assign(new Error('refused'), {
      response: { data: 'hunter2' },
      config: { headers: { a: 'hunter2' } },
    });
    expect(errorFields(toCastaiError(cause, 'PLATFORM_REJECTED'), OPTIONS)).toEqual({
      code: 'PLATFORM_REJECTED',
      message: 'refused',
    });
  });

  it('mask credentials in every message', () => {
    const error = new Error('sent Bearer abcdefg8', { cause: new Error('via http://u:hunter2@proxy') });
    expect(errorFields(error, OPTIONS)).toEqual({
      message: 'sent Bearer [secret]',
      causes: [{ message: 'via http://[secret]@proxy' }],
    });
  });

  it('hold a stack only when asked', () => {
    expect(errorFields(new Error('x'), { ...OPTIONS, withStack: true }).stack).toContain('error-fields.test.ts');
    expect(errorFields('just text', { ...OPTIONS, withStack: true })).toEqual({ message: 'just text' });
  });
});
