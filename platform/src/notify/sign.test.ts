import { expect, test } from 'vitest';
import { parseSigningSecret, signedHeaders } from './sign.ts';

const OLD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('a signature is the one that the published libraries give for the same message', () => {
  // The vector of the standard's own test suites.
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1_614_265_330, body: '{"test": 2432232314}' };
  expect(signedHeaders(message, [parseSigningSecret(OLD)])).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('while a secret is changed both sign, the first one first', () => {
  const message = { id: 'm', timestampSeconds: 1, body: '{"ü":"😀"}' };
  const signature = (...secrets: string[]): string | undefined =>
    signedHeaders(message, secrets.map(parseSigningSecret))['webhook-signature'];
  expect(signature(OLD, NEW)).toBe(`${signature(OLD)} ${signature(NEW)}`);
  expect(signature(OLD)).not.toBe(signature(NEW));
  expect(signature()).toBe(undefined);
});

test('whatever is changed of a message is another signature', () => {
  const message = { id: 'm', timestampSeconds: 1, body: '{}' };
  const of = (more: object): string | undefined =>
    signedHeaders({ ...message, ...more }, [parseSigningSecret(OLD)])['webhook-signature'];
  const all = [of({}), of({ id: 'n' }), of({ timestampSeconds: 2 }), of({ body: '{} ' })];
  expect(new Set(all).size).toBe(4);
});

test('a secret that is none is refused, and nothing of it is shown', () => {
  const f = (secret: string): string => {
    try {
      return String(parseSigningSecret(secret).length);
    } catch (error) {
      return String(error);
    }
  };
  const of = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;
  expect([f(of(24)), f(of(64))]).toEqual(['24', '64']);
  expect(f(of(23))).toBe('RangeError: a secret has 24 to 64 bytes, this one has 23');
  expect(f(of(65))).toBe('RangeError: a secret has 24 to 64 bytes, this one has 65');
  expect(f('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe('RangeError: a secret begins with whsec_');
  expect(f(`v1,${OLD}`)).toBe('RangeError: a secret begins with whsec_');
  for (const sloppy of [`${NEW} `, NEW.replace('=', ''), NEW.replace('B', '-'), `${NEW}\n`]) {
    expect(f(sloppy)).toBe('RangeError: behind whsec_ stands base64 with its padding');
  }
});
