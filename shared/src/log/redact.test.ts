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

  it('masks every usual form of a credential', () => {
    const [key, password] = ['canaryApiKeyValue123', 'canaryProxyPassw0rd'];
    const basic = Buffer.from(`user:${password}`).toString('base64');
    const texts = [
      `X-Api-Key: ${key}`,
      `x-api-key=${key}`,
      `"x-api-key":"${key}"`,
      `{"X-Api-Key": "${key}"}`,
      `'X-Api-Key': '${key}'`,
      `authorization: Bearer ${key}`,
      `Authorization: Token ${key}`,
      `https://u:${password}@h/`,
      `http://u:p@${password}@h/`,
      `proxy http://user:${password}@h:1`,
      `api_key=${key}`,
      `apikey: ${key}`,
      `API_KEY=${key}`,
      `token=${key}&x`,
      `Bearer ${key.toLowerCase()}`,
      `Token ${key}`,
      `[ 'x-api-key', '${key}' ]`,
      `x-api-key, ${key}`,
      `proxy-authorization: Basic ${basic}`,
      `Set-Cookie: session=${key}`,
      `cookie: a=1; session=${key}`,
      `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`,
      `-----BEGIN RSA PRIVATE KEY-----\n${key} and then it was cut`,
      `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI${key}.c2ln`,
      `?access_token=${key}`,
      `?sig=${key}&se=1`,
      `password: ${password}`,
      `client_secret: ${password}`,
      `Authorization: ApiKey ${key}`,
      `authorization: Token token="${key}"`,
      `Proxy-Authorization: Negotiate ${key}`,
      `Ocp-Apim-Subscription-Key: ${key}`,
      `AccountKey=${key};EndpointSuffix=x`,
      `aws_secret_access_key = ${key}`,
      `X-Amz-Signature=${key}`,
      `client-key-data: ${key}`,
      `PASSWORD="${password}"`,
      `token='${key}'`,
      `apiKey: '${key}'`,
      `"pwd":"${password}"`,
      `passphrase=${password}`,
      `session_id=${key}`,
      `credential: ${key}`,
      `jwt=${key}`,
      `?code=${key}&state=1`,
      `auth=${key}`,
      `key=${key}`,
      `--password ${password}`,
      `curl -u user:${password} https://h/`,
      `API key ${key} is not valid`,
      `\\"password\\":\\"${password}\\"`,
      `'password' => '${password}'`,
      `<password>${password}</password>`,
      `DB_PASS=${password}`,
      `secretKey=${key}`,
      `password%3D${password}`,
      `access_token%22%3A%22${key}%22`,
      `ghp_${key}`,
      `github_pat_${key}`,
      `glpat-${key}`,
      `xoxb-1234-${key}`,
      `sk_live_${key}`,
      `sk-${key}`,
      `AIzaSy${key}`,
      `https://hooks.slack.com/services/T0000/B0000/${key}`,
    ];
    const shown = texts.filter((text) =>
      [key, key.toLowerCase(), password, basic].some((secret) => redactText(text).includes(secret)),
    );
    expect(shown).toEqual([]);
  });

  it('leaves prose alone that only speaks of credentials', () => {
    const f = (text: string): void => expect(redactText(text)).toBe(text);
    f('the token file is missing: ENOENT, open /var/run/secrets/token');
    f('set API_KEY: one line, without quotes');
    f('password: not set; secret: found');
    f('check that API_KEY (or the file that API_KEY_FILE names) holds a valid key');
    f('the lease token expired after 3600 seconds');
    f('the API key was refused; the key file has changed');
    f('agent.apiKeySecret.name=castai-api-key, POD_TOKEN_FILE=/var/run/secrets/castai/token');
    f('session id: not set; code=ECONNREFUSED; --token is missing');
    f('GET https://api.example.com/v1/tokens?limit=1 answered 403');
    f('sk-learn-something is no key, npm_config_registry is none, and a pass= is empty');
  });

  it('cuts a text that nobody needs whole, whatever it is made of', () => {
    expect(redactText('x'.repeat(5000))).toBe(`${'x'.repeat(4096)}… (904 characters more)`);
    for (const part of [
      'api-',
      'a.+-',
      'a://',
      'token"    ',
      'Basic ',
      'Bearer\t\n',
      'authorization:',
      'eyJaaaaaa.',
      'sig-sig.',
      ' -u a',
      ' --key ',
      'auth=1',
      'session-id = ',
      'authorization: a ',
      'api key ',
      'account-key-data"',
      'token\\\\\\',
      'token%22%3A',
      '<key',
      '<token>',
      'a_pass=',
      'sk-',
      'xoxb-a',
    ]) {
      expect(redactText(part.repeat(60_000)).length).toBeLessThan(60_000);
    }
  });

  it('knows the keys whose values never show', () => {
    expect(['Authorization', 'X-Api-Key', 'apiKey', 'password', 'Set-Cookie'].map(isSecretKey)).not.toContain(false);
    expect(['feed', 'path', 'tokenCount'].map(isSecretKey)).not.toContain(true);
  });
});
