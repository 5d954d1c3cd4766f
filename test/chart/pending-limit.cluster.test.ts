import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHelm, type Helm } from '../stages/chart/helm.ts';

let helms: readonly Helm[];

beforeAll(async () => {
  // One after the other: each build uses every core.
  helms = [await createHelm(4)];
  helms = [...helms, await createHelm(3)];
});
afterAll(() => {
  for (const helm of helms ?? []) helm[Symbol.dispose]();
});

/** What each Helm says against these values; empty: it takes them. */
async function refusals(values: object): Promise<string[]> {
  const sets = Object.entries({ apiKeySecret: { name: 'k' }, ...values }).flatMap(([key, value]) => [
    '--set-json',
    `${key}=${JSON.stringify(value)}`,
  ]);
  return Promise.all(
    helms.map((helm) =>
      helm.render(...sets).then(
        () => '',
        (error: unknown) => /\* (?<said>.*\n.*)/u.exec(String(error))?.groups?.['said'] ?? String(error),
      ),
    ),
  );
}
const withMemory = (memory: unknown): object => ({ agent: { resources: { limits: { memory } } } });

test.each([
  ['256Mi', '255Mi'],
  ['0.25Gi', '.24Gi'],
  ['262144Ki', '262143Ki'],
  ['268435456', '268435455'],
  [268_435_456, 268_435_455],
  ['269M', '268M'],
  ['268436k', '268435k'],
  ['0.3G', '0.2G'],
  ['2.69e8', '2.68e8'],
  ['3E8', '26843545E1'],
  ['+268435456000m', '268435455999m'],
  ['268435456000000u', '268435455000000u'],
  ['1Ti', '0.0001Ti'],
  ['1T', '0.0001T'],
  ['1Ei', '0'],
])('a memory limit of %s holds what may wait, one of %s does not', async (enough, tooLittle) => {
  expect(await refusals(withMemory(enough))).toEqual(['', '']);
  for (const said of await refusals(withMemory(tooLittle))) {
    expect(said).toContain(`agent.pendingLimit is 32Mi: agent.resources.limits.memory of`);
    expect(said).toContain('Set agent.resources.limits.memory to 256Mi or more');
  }
});

test('the message names the value that is wrong and both ways out of it', async () => {
  const said = `agent.pendingLimit is 64Mi: agent.resources.limits.memory of 256Mi cannot hold so many changes that wait.
  Set agent.resources.limits.memory to 384Mi or more (4 times the sum of 32Mi and what may wait), or agent.pendingLimit to 32Mi or less.`;
  expect(await refusals({ agent: { pendingLimit: '64Mi' } })).toEqual([said, said]);
  const both = { pendingLimit: '64Mi', resources: { limits: { memory: '384Mi' } } };
  expect(await refusals({ agent: both })).toEqual(['', '']);
});

test('a limit that comes as a variable counts as the agent will have it', async () => {
  const limit = (value: string): object => ({ name: 'PENDING_LIMIT', value });
  const said: unknown = expect.stringMatching(/^PENDING_LIMIT in extraEnv is 1Gi: .*\n {2}Set .* to 4224Mi or more /u);
  expect(await refusals({ extraEnv: [limit('1Gi')] })).toEqual([said, said]);
  expect(await refusals({ agent: { extraEnv: [limit('1Gi')] } })).toEqual([said, said]);
  expect(await refusals({ extraEnv: [limit('1Gi')], agent: { extraEnv: [limit('1Mi')] } })).toEqual(['', '']);
  expect(await refusals({ agent: { extraEnv: [limit('{{ print "1Gi" }}')] } })).toEqual([said, said]);
});

test('nothing is refused that cannot be known: no limit, a limit from elsewhere, no agent', async () => {
  expect(await refusals({ agent: { resources: { limits: null } } })).toEqual(['', '']);
  const elsewhere = { name: 'PENDING_LIMIT', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } };
  expect(await refusals({ agent: { pendingLimit: '1Gi', extraEnv: [elsewhere] } })).toEqual(['', '']);
  const other = { spotHandler: { enabled: true }, clusterId: 'c' };
  expect(await refusals({ ...other, agent: { enabled: false, pendingLimit: '1Gi' } })).toEqual(['', '']);
});
