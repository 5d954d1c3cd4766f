/** The platform as a program like the others: options, probes, and an end in good order. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';

function start(env: Readonly<Record<string, string>> = {}): ChildProgram {
  const entry = join(import.meta.dirname, '../../../platform/src/main.ts');
  return startProgram({ entry, name: 'the platform', env: { PORT: '0', ADMIN_PORT: '0', ...env } });
}

interface Addresses {
  readonly url: string;
  readonly admin: string;
}

async function addressesOf(program: ChildProgram): Promise<Addresses> {
  const isUp = ({ port }: { port?: unknown }): boolean => typeof port === 'number';
  const line = await program.waitForJson<{ message: string; port: number }>(isUp, 60_000);
  return { url: line.message.replace('the page is at ', ''), admin: `http://127.0.0.1:${line.port}` };
}

test('a platform alone takes what agents send, tells how it is, and stops when asked', async () => {
  await using program = start({ API_KEYS: 'one,two' });
  const { url, admin } = await addressesOf(program);
  const agent = new HandAgent(url);
  expect(await agent.post('/v1/kubernetes/external-clusters', '{}', { 'x-api-key': 'other' })).toMatchObject({
    status: 401,
  });
  expect(await agent.post('/v1/kubernetes/external-clusters', '{}', { 'x-api-key': 'two' })).toMatchObject({
    status: 400,
  });
  expect(await textOf(`${url}/`)).toContain('<!doctype html>');
  expect(await textOf(`${admin}/readyz`)).toBe('ok\n');
  expect(await textOf(`${admin}/metrics`)).toContain('castai_platform_refusals_total{code="UNAUTHORIZED"} 1\n');
  expect(JSON.parse(await textOf(`${admin}/statusz?format=json`))).toMatchObject({ program: 'castai-platform' });
  expect((await fetch(`${url}/_control/state`)).status).toBe(404);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
});

test.each([
  [{ PORT: 'x' }, 'PORT="x" is not a whole number'],
  [{ INIT_DATA_KEYS: 'k1:short' }, 'entry 1 of INIT_DATA_KEYS is no key'],
  [{ API_KEYS: 'k role=admin' }, 'API_KEYS cannot be used: entry 1 of the keys: behind a key stand'],
  [{ DATABASE_FILE: '/nowhere/platform.db' }, '/nowhere/platform.db cannot be used'],
  [{ HOST: '203.0.113.1' }, 'cannot listen on port 0 of 203.0.113.1'],
])('a platform that cannot start says why and ends with 2: %j', async (env, message) => {
  await using program = start(env);
  expect(await program.exit).toEqual({ code: 2, signal: null });
  expect(saidBy(program)).toContain(message);
});

test('a port that is taken is told by its name', async () => {
  await using first = start();
  const { port } = new URL((await addressesOf(first)).url);
  await using second = start({ PORT: port });
  expect(await second.exit).toEqual({ code: 2, signal: null });
  expect(saidBy(second)).toContain(`port ${port} of 127.0.0.1 is in use → set PORT to a port that is free`);
});

/** The one line of a program that cannot start: message and cure. */
function saidBy(program: ChildProgram): string {
  const [line = '', ...rest] = program.lines.map(({ text }) => text);
  expect(rest).toEqual([]);
  const { message, hint } = JSON.parse(line) as { message: string; hint?: string };
  return `${message} → ${hint ?? ''}`;
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}
