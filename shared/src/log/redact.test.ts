import { describe, expect, it } from 'vitest';
import { isSecretKey, redactText } from './redact.ts';

describe('redaction', () => {
  it('masks credentials inside a text and leaves the rest', () => {
    const f = (text: string, expected: string): void => expect(redactText(text)).toBe(expected);
    f('Authorization: Bearer abc.def-123', 'Authorization: Bearer [secret]');
    f('sent Basic dXNlcjpwYXNz to it', 'sent Basic [secret] to it');
    f('{"X-Api-Key":"hunter2hunter2","a":1}', '{"X-Api-Key":"[secret]","a":1}');
    f('x-api-key=hunter2 refused', 'x-api-key=[secret] refused');
    f('connect to http://user:hunter2@proxy:3128 failed', 'connect to http://[secret]@proxy:3128 failed');
    f('{"token":"abcdef"} and ?token=abcdef&a=1', '{"token":"[secret]"} and ?token=[secret]&a=1');
    f('authorization: abcdef', 'authorization: [secret]');
    f('https://api.example.com/v1/pods?limit=1', 'https://api.example.com/v1/pods?limit=1');
    f('basic checks passed', 'basic checks passed');
    f('cannot read the token: ENOENT', 'cannot read the token: ENOENT');
    f('the bearer token expired; API_KEY: not set', 'the bearer token expired; API_KEY: not set');
  });

  it('knows the keys whose values never show', () => {
    expect(['Authorization', 'X-Api-Key', 'apiKey', 'password', 'Set-Cookie'].map(isSecretKey)).not.toContain(false);
    expect(['gvr', 'path', 'tokenCount'].map(isSecretKey)).not.toContain(true);
  });
});
