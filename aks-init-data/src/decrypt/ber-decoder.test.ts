import { describe, expect, it } from 'vitest';
import { decodeBer, decodeOid } from './ber-decoder.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('BER decoder', () => {
  it('reads definite and indefinite lengths alike', () => {
    const expected = { tag: 0x30, children: [{ tag: 0x02, content: bytes('07') }] };
    expect(decodeBer(bytes('30 03 02 01 07'))).toEqual(expected);
    expect(decodeBer(bytes('30 81 03 02 01 07'))).toEqual(expected);
    expect(decodeBer(bytes('30 84 00000003 02 01 07'))).toEqual(expected);
    expect(decodeBer(bytes('30 80 02 01 07 00 00'))).toEqual(expected);
    expect(decodeBer(bytes('30 80 30 80 00 00 00 00'))).toEqual({ tag: 0x30, children: [{ tag: 0x30, children: [] }] });
  });

  it('refuses what is cut off, goes on, is nested too deep or has too long a length', () => {
    const f = (input: string, expected: string): void => expect(() => decodeBer(bytes(input))).toThrow(expected);
    f('', 'truncated');
    f('30', 'truncated');
    f('30 05 02 01 07', 'truncated');
    f('30 02 02 01', 'truncated');
    f('30 03 02 02 07', 'truncated');
    f('30 03 02 01 07 00', 'after the end');
    f('30 80 02 01 07 00', 'truncated');
    f('30 80 02 01 07 00 01', 'end of contents');
    f('02 80 00 00', 'indefinite');
    f('30 85 0000000003 02 01 07', 'four bytes');
    f('04 84 ffffffff 00', 'truncated');
    f('1f 81 01 00', 'tag');
    f('30 02 00 00', 'tag');
    f('3080'.repeat(18) + '0000'.repeat(18), 'too deep');
  });

  it('stops at an absurd number of elements', () => {
    const many = Buffer.concat([Buffer.from('3083020000', 'hex'), Buffer.alloc(0x02_0000, Buffer.from('0500', 'hex'))]);
    expect(() => decodeBer(many)).toThrow('too many elements');
  });

  it('reads object identifiers', () => {
    const f = (input: string, expected: string): void => expect(decodeOid(bytes(input))).toBe(expected);
    f('2a864886f70d010703', '1.2.840.113549.1.7.3');
    f('6086480165030401 2a', '2.16.840.1.101.3.4.1.42');
    f('8837 03', '2.999.3');
    for (const broken of ['', '2a86', '2a8001', '2a'.repeat(33), '2affffffffffff7f']) {
      expect(() => decodeOid(bytes(broken))).toThrow('not an object identifier');
    }
  });
});
