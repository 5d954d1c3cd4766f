/** Somebody on the way who quotes what it was sent: nothing of it may be seen of any program. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { RecordingServer, type RecordedRequest } from '@castai/shared/testing/recording-server.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { startFakeCluster } from '../stages/agent/fake-cluster.ts';
import { startFakeStage } from '../stages/agent/fake-stage.ts';
import { InitDataStage } from '../stages/aks-init-data/init-data-stage.ts';
import { startProgram } from '../stages/child-program.ts';
import { SpotStage } from '../stages/spot-handler/spot-stage.ts';

const KEY = 'canary/of+the=api-key-0001';
const PASSWORD = 'canary-of-the-password';
const CANARIES = [KEY, PASSWORD, ...[KEY, `user:${PASSWORD}`].map((text) => Buffer.from(text).toString('base64'))];
let hostile: RecordingServer;

/** As gateways word it; the key stands where a message is cut, too. */
const message = ({ headers }: RecordedRequest): string => {
  const quoted = `API key ${String(headers['x-api-key'])} is not valid (${String(headers['proxy-authorization'])})`;
  return `${quoted} ${'x'.repeat(278 - quoted.length)} ${String(headers['x-api-key'])}`;
};

beforeAll(async () => {
  hostile = await RecordingServer.start();
  hostile.react = (request, response) => {
    const isRedirect = hostile.requests.length % 3 === 0;
    const location = `http://${encodeURIComponent(KEY)}.example/?key=${encodeURIComponent(KEY)}`;
    response.writeHead(isRedirect ? 302 : 401, {
      'content-type': 'application/json',
      ...(isRedirect ? { location } : {}),
    });
    response.end(JSON.stringify({ code: String(request.headers['x-api-key']), message: message(request) }));
  };
});
afterAll(() => hostile[Symbol.asyncDispose]());

/** The platform behind a proxy that answers itself. */
const behindHostile = (): Record<string, string> => ({
  API_KEY: KEY,
  API_URL: 'http://platform.test',
  HTTP_PROXY: hostile.url.href.replace('//', `//user:${PASSWORD}@`),
});

async function shown(url: string): Promise<string> {
  const paths = ['/readyz', '/statusz', '/statusz?format=json', '/metrics'];
  return (await Promise.all(paths.map(async (path) => (await fetch(url + path)).text()))).join('\n');
}

/** Waits until the program has told of the refusal, and gives all that it told. */
async function told(what: { url: string; log: () => string; after: string }): Promise<string> {
  const look = async (): Promise<string> => `${await shown(what.url)}\n${what.log()}`;
  return eventually({ what: 'the refusal is told', look, until: (text) => text.includes(what.after) });
}

const leaks = (text: string): string[] => CANARIES.filter((canary) => text.includes(canary.slice(0, 12)));

describe('a server that quotes key and password is not quoted with them', () => {
  it('by the agent', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startAgent({ env: behindHostile() });
    const text = await told({ url: agent.url, log: () => agent.output, after: 'API key [secret] is not valid' });
    expect(leaks(text)).toEqual([]);
  });

  it('by its doctor, who writes to a terminal', async () => {
    await using stage = await startFakeStage();
    const program = findProgram('agent');
    const env = { ...program.environment, ...stage.cluster.agentEnv, ...behindHostile() };
    for (const args of [['doctor'], ['doctor', '--json']]) {
      await using child = startProgram({ entry: sourceOf(program), name: 'the doctor', args, env });
      await child.exit;
      const text = child.lines.map((line) => line.text).join('\n');
      expect(text).toContain('[secret]');
      expect(leaks(text)).toEqual([]);
    }
  });

  it.each([
    ['evictor', 'not checked'],
    ['cluster-controller', 'API key [secret] is not valid'],
  ])('by the %s, and by its doctor', async (name, ofTheKey) => {
    await using cluster = await startFakeCluster({ nodes: 2, pods: 4 });
    const program = findProgram(name);
    const place = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', CLUSTER_ID: 'c-1', POD_NAMESPACE: 'kube-system' };
    const env = { ...program.environment, ...cluster.agentEnv, ...behindHostile(), ...place };
    const entry = sourceOf(program);
    await using child = startProgram({ entry, name, nodeArgs: program.nodeFlags, env });
    const hasPort = (line: { port?: number }): boolean => line.port !== undefined;
    const { port } = await child.waitForJson<{ port: number }>(hasPort);
    const log = (): string => child.lines.map((line) => line.text).join('\n');
    const url = `http://127.0.0.1:${String(port)}`;
    expect(leaks(await told({ url, log, after: 'API key [secret] is not valid' }))).toEqual([]);
    for (const args of [['doctor'], ['doctor', '--json']]) {
      await using doctor = startProgram({ entry, name: 'its doctor', args, env });
      await doctor.exit;
      const text = doctor.lines.map((line) => line.text).join('\n');
      expect(text).toContain(ofTheKey);
      expect(leaks(text)).toEqual([]);
    }
  });

  it('by the spot handler', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady(behindHostile());
    stage.imds.service.schedule();
    const url = `http://127.0.0.1:${handler.adminPort}`;
    const log = (): string => handler.lines.join('\n');
    expect(leaks(await told({ url, log, after: 'API key [secret] is not valid' }))).toEqual([]);
  });

  it('by aks-init-data', async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    await stage.putNode('node-1');
    // It refuses an address without TLS, but on its own machine.
    const env = { API_KEY: KEY, API_URL: hostile.url.href };
    await using program = await stage.startProgram({ nodeName: 'node-1', waagentDir: node.root, env });
    const log = (): string => program.process.lines.map((line) => line.text).join('\n');
    expect(leaks(await told({ url: program.url, log, after: 'API key [secret] is not valid' }))).toEqual([]);
  });
});
