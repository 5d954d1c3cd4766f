/** A key that the platform refuses, and an operator who puts it right. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { startFakeStage } from '../../stages/agent/fake-stage.ts';

/** The least that is waited after a refusal: what happens sooner was noticed. */
const LEAST_PAUSE_MS = 30_000;

test('a key file that was put right while the agent waits is noticed before its shortest pause is over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'castai-key-'));
  const file = join(folder, 'key');
  writeFileSync(file, 'wrong-key');
  try {
    await using stage = await startFakeStage({ platform: { apiKeys: ['right-key', 'another-key'] } });
    const agent = await stage.startAgent({ env: { API_KEY: '', API_KEY_FILE: file } });
    const seconds = { timeoutMs: LEAST_PAUSE_MS - 5_000 };
    await eventually({
      what: 'the registration is refused',
      look: () => agent.section('Cluster'),
      until: (row) => String(row['last registration failure']).includes('HTTP 401'),
    });
    writeFileSync(file, 'right-key');
    await eventually({
      ...seconds,
      what: 'it is registered',
      look: () => stage.clusterId().catch(() => ''),
      until: Boolean,
    });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await stage.platform.control.setApiKeys(['another-key']);
    await eventually({
      what: 'the session is refused',
      look: async () => (await fetch(`${agent.url}/readyz`)).text(),
      until: (text) => text.includes('HTTP 401'),
    });
    writeFileSync(file, 'another-key');
    await eventually({
      ...seconds,
      what: 'it is ready again',
      look: async () => (await fetch(`${agent.url}/readyz`)).status,
      until: (status) => status === 200,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
