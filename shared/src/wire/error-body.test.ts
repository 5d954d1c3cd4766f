import { describe, expect, it } from 'vitest';
import { type ErrorBody, parseErrorBody } from './error-body.ts';

describe('error body', () => {
  it('takes code, message and a usable expectedSeq of a JSON object, and nothing else', () => {
    const f = (input: string, expected: ErrorBody | undefined): void => {
      expect([input, parseErrorBody(new TextEncoder().encode(input))]).toEqual([input, expected]);
    };
    f('{"code":"FENCED","message":"epoch 4 is newer"}', { code: 'FENCED', message: 'epoch 4 is newer' });
    f('{"code":"GAP","message":"","expectedSeq":5}', { code: 'GAP', message: '', expectedSeq: 5 });
    f('{"code":"NOT_LEADER","seenTransitions":0}', { code: 'NOT_LEADER', message: '', seenTransitions: 0 });
    f('{"code":"NOT_LEADER","seenTransitions":5e9}', { code: 'NOT_LEADER', message: '' });
    // One more has to be written, and one more than that has to be readable in a Lease.
    const most = { code: 'NOT_LEADER', message: '', seenTransitions: 2_147_483_645 };
    f('{"code":"NOT_LEADER","seenTransitions":2147483645}', most);
    f('{"code":"NOT_LEADER","seenTransitions":2147483646}', { code: 'NOT_LEADER', message: '' });
    f('{"code":"FENCED","openedBy":"i-1"}', { code: 'FENCED', message: '', openedBy: 'i-1' });
    f('{"code":"FENCED","openedBy":""}', { code: 'FENCED', message: '' });
    f('{"code":"GAP","expectedSeq":"5"}', { code: 'GAP', message: '' });
    f('{"code":"GAP","expectedSeq":0}', { code: 'GAP', message: '' });
    f('{"code":"GAP","expectedSeq":1.5}', { code: 'GAP', message: '' });
    f('{"code":"GAP","expectedSeq":1e300}', { code: 'GAP', message: '' });
    f('{"code":16,"message":"unauthenticated","details":[]}', { code: '16', message: 'unauthenticated' });
    f('{"message":"two\\nlines\\u001b[31m"}', { code: '', message: 'two lines [31m' });
    f('{"error":"other"}', undefined);
    f('{"__proto__":{"code":"FENCED"}}', undefined);
    f('[]', undefined);
    f('null', undefined);
    f('"FENCED"', undefined);
    f('<html>Sign in</html>', undefined);
    f('{"code":"FENC', undefined);
    f('', undefined);
  });

  it('is undefined for bytes that are no text', () => {
    expect(parseErrorBody(new Uint8Array([0xff, 0xfe, 0x00]))).toBeUndefined();
  });
});
