/** A CA file that is replaced by one that cannot be used: no program stops, and each says so. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { startFakeStage } from '../stages/agent/fake-stage.ts';
import { InitDataStage } from '../stages/aks-init-data/init-data-stage.ts';
import { SpotStage } from '../stages/spot-handler/spot-stage.ts';

/** The spot handler looks when it keeps its connection warm, which is about once a minute. */
const PATIENCE_MS = 120_000;

let folder: string;
let caFile: string;
let good: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'castai-ca-'));
  caFile = join(folder, 'ca.pem');
  using authority = new TestAuthority();
  good = authority.certPem;
  writeFileSync(caFile, good);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Breaks the file and repairs it, and waits each time until that is told. */
async function breakAndRepair(page: () => Promise<string>, log: () => string): Promise<void> {
  writeFileSync(caFile, 'half of a fi');
  await eventually({
    what: 'the page tells of the broken file',
    look: page,
    timeoutMs: PATIENCE_MS,
    until: (text) => text.includes(`the CA file ${caFile} contains no certificate`),
  });
  expect(log()).toContain('the CA file for the platform has changed and cannot be used');
  writeFileSync(caFile, good);
  await eventually({
    what: 'the log tells of the repaired file',
    look: log,
    timeoutMs: PATIENCE_MS,
    until: (text) => text.includes('the CA file for the platform can be used again'),
  });
}

const pageAt = (url: string) => async (): Promise<string> => (await fetch(`${url}/statusz`)).text();

test('the agent', async () => {
  await using stage = await startFakeStage({ env: { TLS_CA_CERT_FILE: caFile } });
  const agent = await stage.startReadyAgent();
  await breakAndRepair(pageAt(agent.url), () => agent.output);
  expect((await fetch(`${agent.url}/readyz`)).status).toBe(200);
});

test('the spot handler', async () => {
  await using stage = await SpotStage.start({ cloud: 'azure' });
  const handler = await stage.startReady({ TLS_CA_CERT_FILE: caFile });
  await breakAndRepair(pageAt(`http://127.0.0.1:${handler.adminPort}`), () => handler.lines.join('\n'));
  expect((await handler.get('/readyz')).status).toBe(200);
});

test('aks-init-data', async () => {
  await using stage = await InitDataStage.start();
  using node = new FakeWaagent();
  await stage.putNode('node-1');
  const env = { TLS_CA_CERT_FILE: caFile };
  await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir: node.root, env });
  const log = (): string => program.process.lines.map((line) => line.text).join('\n');
  await breakAndRepair(pageAt(program.url), log);
  expect(await pageAt(program.url)()).not.toContain('contains no certificate');
});
