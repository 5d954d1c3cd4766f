import { expect, test } from 'vitest';
import { changedEndpoint, type EndpointDocument, parsePageEndpoint } from './page-endpoint.ts';
import type { PageRules } from './page-rules.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const good: EndpointDocument = { id: 'ops', url: 'https://hooks.example/in', secrets: [SECRET] };
const strict: PageRules = { allowHttp: false, allowNetworks: [] };
const why = (more: object, rules = strict): string => {
  try {
    parsePageEndpoint({ ...good, ...more }, rules);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
};

test('it is written as those of the file are', () => {
  expect(parsePageEndpoint({ ...good, format: 'slack', kinds: ['agent'] }, strict)).toMatchObject({
    id: 'ops',
    origin: 'https://hooks.example',
    form: { format: 'slack' },
    troubles: ['agent'],
  });
});

test('it names no file of the platform, and makes no exception', () => {
  expect(why({ url: { file: '/etc/passwd' } })).toBe(
    'the endpoint.url cannot be read: a file is for NOTIFY_FILE alone',
  );
  expect(why({ secrets: [{ file: '/etc/passwd' }] })).toContain('a file is for NOTIFY_FILE alone');
  expect(why({ headers: { authorization: { file: '/etc/passwd' } } })).toContain('a file is for NOTIFY_FILE alone');
  expect(why({ allowNetworks: ['127.0.0.1'] })).toBe('allowNetworks is for NOTIFY_FILE alone');
  expect(why({ allowHttp: true })).toBe('allowHttp is for NOTIFY_FILE alone');
  expect(why({ ca: 'x' })).toBe('ca is for NOTIFY_FILE alone');
  expect(why({ url: 'http://hooks.example/' })).toContain('is not https');
  expect(why({ url: 'https://169.254.169.254/' })).toContain('metadata services');
});

test('whoever runs the platform may make exceptions for all of them', () => {
  const rules = { allowHttp: true, allowNetworks: ['127.0.0.1'] };
  expect(why({ url: 'http://127.0.0.1:1/' }, rules)).toBe('');
  expect(why({ url: 'http://127.0.0.2:1/' }, rules)).toContain('this machine');
});

test('what is wrong is shown without what is secret', () => {
  expect(why({ secrets: ['whsec_canary'], url: 'ftp://canary' })).not.toContain('canary');
});

test('what nobody is shown stays by a change that does not name it', () => {
  const before = { ...good, headers: { authorization: 'x' }, format: 'template', template: { key: 'x' } };
  const change = { id: 'ops', severities: ['critical'], format: 'template' };
  expect(changedEndpoint(before, change)).toEqual({ ...before, severities: ['critical'] });
  expect(changedEndpoint(before, { ...change, secrets: [OTHER], headers: {}, template: {} })).toEqual({
    ...change,
    url: 'https://hooks.example/in',
    secrets: [OTHER],
    headers: {},
    template: {},
  });
  // What is shown is what was chosen.
  expect(changedEndpoint(before, { id: 'ops', format: 'standard' })).toEqual({
    id: 'ops',
    format: 'standard',
    url: 'https://hooks.example/in',
    secrets: [SECRET],
    headers: { authorization: 'x' },
  });
});

test('another path of the same server gets them too, and another server does not', () => {
  const before = { ...good, headers: { authorization: 'x' } };
  const to = (url: unknown): EndpointDocument => changedEndpoint(before, { id: 'ops', url });
  expect(to('https://hooks.example/other')).toEqual({ ...before, url: 'https://hooks.example/other' });
  expect(to('https://evil.example/in')).toEqual({ id: 'ops', url: 'https://evil.example/in' });
  expect(to('http://hooks.example/in')).toEqual({ id: 'ops', url: 'http://hooks.example/in' });
  expect(to('https://hooks.example:444/in')).toEqual({ id: 'ops', url: 'https://hooks.example:444/in' });
  expect(to('nowhere')).toEqual({ id: 'ops', url: 'nowhere' });
});
