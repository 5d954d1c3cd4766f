import { expect, test } from 'vitest';
import { inspect } from 'node:util';
import { testNotification } from './notification.ts';
import { type NotifyConfig, parseEndpoints } from './parse-endpoints.ts';
import { renderBody } from './render.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const files: Record<string, string> = {
  '/run/url': 'https://hooks.example/T0/B0/canary\n',
  '/run/secret': `${OTHER}\r\n`,
};
function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
  return text;
}
const parse = (value: unknown): NotifyConfig => parseEndpoints(JSON.stringify(value), readFile);
const good = { id: 'ops', url: 'https://hooks.example/in', secrets: [SECRET] };
function problems(value: unknown): string[] {
  try {
    parse(value);
    return [];
  } catch (error) {
    return String(error).replace('CastaiError: NOTIFY_FILE cannot be used: ', '').split('; ');
  }
}
const wrong = (more: object): string[] => problems({ endpoints: [{ ...good, ...more }] });

test('what is left out is everything, signed, within fifteen seconds', () => {
  const { endpoints, policy } = parse({ endpoints: [good] });
  const [endpoint] = endpoints;
  expect(policy).toEqual({ forMs: 60_000, keepMs: 300_000 });
  expect(endpoint).toMatchObject({
    id: 'ops',
    origin: 'https://hooks.example',
    severities: ['warning', 'critical'],
    troubles: [
      'connection',
      'agent',
      'continuity',
      'interruptions',
      'init-data',
      'daemon-sets',
      'controller',
      'evictor',
      'drift',
    ],
    form: { format: 'standard' },
    timeoutMs: 15_000,
    ca: undefined,
  });
  expect(endpoint?.url.reveal()).toBe('https://hooks.example/in');
});

test('everything may be said', () => {
  const { endpoints, policy } = parse({
    holdSeconds: 0,
    clearSeconds: 10,
    endpoints: [
      {
        id: 'chat',
        url: { file: '/run/url' },
        format: 'template',
        template: { text: '{{summary}}' },
        secrets: [SECRET, { file: '/run/secret' }],
        severities: ['critical'],
        kinds: ['agent', 'connection'],
        headers: { Authorization: { file: '/run/secret' }, 'X-Team': 'a b' },
        timeoutSeconds: 30,
        allowHttp: true,
        allowNetworks: ['10.0.0.0/8'],
        ca: { file: '/run/url' },
      },
    ],
  });
  const [endpoint] = endpoints;
  expect(policy).toEqual({ forMs: 0, keepMs: 10_000 });
  expect(endpoint).toMatchObject({ severities: ['critical'], troubles: ['connection', 'agent'], timeoutMs: 30_000 });
  expect(endpoint?.url.reveal()).toBe('https://hooks.example/T0/B0/canary');
  expect(endpoint?.secrets.map((secret) => secret.reveal())).toEqual([SECRET, OTHER]);
  expect([...(endpoint?.headers ?? [])].map(([name, value]) => [name, value.reveal()])).toEqual([
    ['authorization', OTHER],
    ['x-team', 'a b'],
  ]);
  expect(endpoint?.allowed.check('10.1.1.1')).toBe(true);
  const form = endpoint?.form ?? { format: 'slack' };
  expect(renderBody(form, testNotification('1', 0), 'chat')).toBe('{"text":"This is a test: nothing is wrong"}');
});

test('everything that is wrong is said at once, and where', () => {
  expect(
    problems({
      holdSeconds: 'long',
      more: 1,
      endpoints: [{ id: 'A', url: 'ftp://x', format: 'xml', color: 'red' }, 'text', { ...good, severities: [] }],
    }),
  ).toEqual([
    'endpoints[0].id must be 1 to 40 lower-case letters, digits and hyphens',
    'endpoints[0].url must be an https:// address',
    'endpoints[0].format must be one of standard, alertmanager, slack, template',
    'endpoints[0].secrets must hold one or two: it is signed',
    'endpoints[0].color is not known',
    'known are id, allowNetworks, url, allowHttp, format, template, secrets, ca, severities, kinds, headers, timeoutSeconds',
    'endpoints[1] must be an object',
    'endpoints[1].id must be 1 to 40 lower-case letters, digits and hyphens',
    'endpoints[1].url must be an https:// address',
    'endpoints[1].secrets must hold one or two: it is signed',
    'endpoints[2].severities must be a list of some of warning, critical',
    'the file.holdSeconds must be a whole number from 0 to 86400',
    'the file.more is not known',
    'known are endpoints, holdSeconds, clearSeconds, page',
  ]);
});

test('one word that is not known among those that are would hide what somebody wants to hear', () => {
  const words = 'endpoints[0].severities must be a list of some of warning, critical';
  expect(wrong({ severities: ['critical', 'fatal'] })).toEqual([words]);
  expect(wrong({ severities: 'critical' })).toEqual([words]);
  expect(wrong({ severities: ['critical', 'critical'] })).toEqual([]);
});

test('an address is taken as browsers read it, and what would be another one than it seems is refused', () => {
  const origin = (url: string): string | undefined =>
    parseEndpoints(JSON.stringify({ endpoints: [{ ...good, url }] }), () => '').endpoints[0]?.origin;
  expect(origin('https://bücher.example/')).toBe('https://xn--bcher-kva.example');
  expect(origin('HTTPS://Hooks.Example:443/a')).toBe('https://hooks.example');
  expect(origin('https://[2606:4700::1111]:8443/')).toBe('https://[2606:4700::1111]:8443');
  expect(wrong({ url: 'https://hooks.example:0/' })).toEqual([
    'endpoints[0].url has the port 0, on which nothing listens',
  ]);
  expect(wrong({ url: 'https://127.0.0.1@hooks.example/' })).toEqual([
    'endpoints[0].url must hold no password: give a header',
  ]);
  for (const url of [
    'https://hooks.example:99999/',
    'https:///',
    '//hooks.example/',
    'https://a b/',
    'https://1.2.3.4.5/',
  ]) {
    expect(wrong({ url })).toEqual(['endpoints[0].url must be an https:// address']);
  }
});

test('an address that leads inside is refused when it is read, unless it is allowed', () => {
  expect(wrong({ url: 'https://169.254.169.254/' })).toEqual([
    'endpoints[0].url leads to the link, where metadata services are',
    '"allowNetworks": ["169.254.169.254"] takes it all the same',
  ]);
  expect(wrong({ url: 'https://[::ffff:127.0.0.1]/' })[0]).toContain('leads to this machine');
  expect(wrong({ url: 'https://0x7f.1/' })[0]).toContain('leads to this machine');
  // An address in every form that a URL may have: one number, octal, short, and IPv6 with an IPv4 address in it.
  for (const [host, why] of [
    ['2130706433', 'this machine'],
    ['0177.0.0.1', 'this machine'],
    ['017700000001', 'this machine'],
    ['127.1', 'this machine'],
    ['1２7.0.0.1', 'this machine'],
    ['127.0.0.1.', 'this machine'],
    ['0', 'this network'],
    ['[::1]', 'no address of the internet'],
    ['[::]', 'no address of the internet'],
    ['[::7f00:1]', 'no address of the internet'],
    ['[fd00:ec2::254]', 'no address of the internet'],
    ['[64:ff9b::10.0.0.1]', 'a private network'],
    ['[64:ff9b::a9fe:a9fe]', 'the link, where metadata services are'],
    ['[64:ff9b:1::a00:1]', 'no address of the internet'],
    ['[2002:a00:1::]', 'a tunnel'],
    ['[2001:0:a00:1::]', 'a reserved network'],
  ] as const) {
    expect(wrong({ url: `https://${host}/` })[0]).toBe(`endpoints[0].url leads to ${why}`);
  }
  expect(wrong({ url: 'https://127.0.0.1/', allowNetworks: ['127.0.0.1'] })).toEqual([]);
  expect(wrong({ url: 'http://hooks.example/' })[0]).toContain('is not https');
  expect(wrong({ url: 'http://hooks.example/', allowHttp: true })).toEqual([]);
  expect(wrong({ allowNetworks: ['10/8'] })).toEqual([
    'endpoints[0].allowNetworks 10/8 is no network: write 10.0.0.0/8 or an address',
  ]);
});

test('headers are those that an endpoint may have', () => {
  const f = (headers: unknown): string[] => wrong({ headers });
  expect(f({ 'Webhook-Id': 'x' })).toEqual(['endpoints[0].headers.Webhook-Id is set by the platform']);
  expect(f({ host: 'x', 'Content-Type': 'y' })).toHaveLength(2);
  expect(f({ 'a b': 'x' })).toEqual(['endpoints[0].headers.a b is no name of a header']);
  for (const value of ['a\r\nb: c', 'ü', '', ' x']) {
    expect(f({ a: value })).toEqual(['endpoints[0].headers.a must be one line of visible ASCII']);
  }
  expect(f([])).toEqual(['endpoints[0].headers must be an object']);
  expect(f({ a: { file: '/none' } })).toEqual([
    "endpoints[0].headers.a cannot be read: ENOENT: no such file, open '/none'",
  ]);
  expect(f({ a: { file: '/run/url', more: 1 } })).toEqual(['endpoints[0].headers.a must be a text or {"file": "…"}']);
});

test('a template, a secret and two of one name are judged when they are read', () => {
  expect(wrong({ format: 'template' })).toEqual(['endpoints[0].template must be a JSON document with placeholders']);
  expect(wrong({ format: 'template', template: { a: '{{b}}' } })[0]).toContain('template.a: there is no {{b}}');
  expect(wrong({ template: {} })).toEqual(['endpoints[0].template is for the format template']);
  expect(wrong({ secrets: [SECRET, SECRET, OTHER] })[0]).toContain('must be a list of one, or of two');
  expect(wrong({ secrets: ['whsec_canary'] })).toEqual([
    'endpoints[0].secrets[0] cannot be used: behind whsec_ stands base64 with its padding',
  ]);
  expect(problems({ endpoints: [good, good] })).toEqual(['two endpoints are called ops']);
  expect(problems({ endpoints: {} })).toEqual(['the file.endpoints must be a list']);
  expect(problems([])).toEqual(['the file must be an object']);
  expect(problems({})).toEqual([]);
});

test('nothing secret is shown, by what is wrong or by what is right', () => {
  const broken = `{"endpoints":[{"secrets":["${SECRET}"], canary}]}`;
  expect(() => parseEndpoints(broken, readFile)).toThrow('NOTIFY_FILE cannot be used: it is not JSON');
  const told = [
    wrong({ url: 'https://user:canary@hooks.example/' }),
    wrong({ url: 'canary' }),
    wrong({ secrets: ['canary'], headers: { a: 'canary\n' } }),
    parse({ endpoints: [{ ...good, url: { file: '/run/url' }, headers: { a: 'canary' } }] }),
  ];
  const text = inspect(told, { depth: 9 });
  expect(text).not.toContain('canary');
  expect(text).not.toContain(SECRET);
});
