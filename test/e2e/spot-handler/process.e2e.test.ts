/** The program itself, as a process. */
import { describe, expect, it } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { behindProxy, ConnectProxy } from '@castai/shared/testing/connect-proxy.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const entry = sourceOf(findProgram('spot-handler'));

function start(env: Readonly<Record<string, string>>): ChildProgram {
  return startProgram({ entry, name: 'spot-handler', env });
}

interface Line {
  readonly message: string;
  readonly port?: number;
}

async function started(program: ChildProgram): Promise<number> {
  const { port = 0 } = await program.waitForJson<Line>(({ message }) => message === 'spot handler started');
  await eventually({
    what: 'the handler is ready',
    look: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status,
    until: (status) => status === 200,
  });
  return port;
}

async function counted(port: number, wanted: { name: string; labels: string; atLeast: number }): Promise<void> {
  await eventually({
    what: `${wanted.name}{${wanted.labels}} is ${wanted.atLeast}`,
    look: async () => parseMetrics(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    until: (samples) =>
      samples.some(
        ({ name, labels, value }) => name === wanted.name && labels === wanted.labels && value >= wanted.atLeast,
      ),
  });
}

describe('a configuration that cannot be used', () => {
  it('is one line of log with all problems, and exit code 2', async () => {
    await using program = start({
      API_URL: 'not a url',
      POLL_INTERVAL_SECONDS: '0.1',
      EVENT_TYPES: 'preempt, explosion',
      PROVIDER: 'ibm',
      API_KEYS: 'x',
      ACKNOWLEDGE_EVENTS: 'true',
    });
    expect((await program.exit).code).toBe(2);
    const told = program.lines.map(({ text: line }) => JSON.parse(line) as Record<string, string>);
    expect(told).toMatchObject([{ level: 'error', program: 'castai-spot-handler', check: 'config' }]);
    const text = told[0]?.['message'] ?? '';
    expect(text).toContain('the configuration is not usable: ');
    for (const part of [
      'neither API_KEY nor API_KEY_FILE is set',
      'API_URL="not a url" is not a URL',
      'CLUSTER_ID is not set',
      'NODE_NAME is not set',
      'POLL_INTERVAL_SECONDS="0.1" is out of range',
      'EVENT_TYPES="preempt, explosion" names explosion, which there is not',
      'PROVIDER="ibm" is not one of the choices',
      'API_KEYS is set, but there is no such option: did you mean API_KEY?',
      'ACKNOWLEDGE_EVENTS=true needs MODE=evict, but MODE is mark',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('may also be one that only the combination of options makes unusable', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await using program = start({ ...stage.environment, ACKNOWLEDGE_EVENTS: 'true' });
    expect((await program.exit).code).toBe(2);
    expect(program.lines.map(({ text }) => text).join('\n')).toContain('set MODE=evict or leave it out');
  });
});

describe('a proxy in the environment', () => {
  it('carries what goes to the platform and nothing else: the metadata service is that of this machine', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await using proxy = await ConnectProxy.start();
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
    const proxies = Object.fromEntries(names.map((name) => [name, proxy.url]));
    // The platform is plain HTTP here. The API server is left out as clusters leave it out.
    const apiServer = `${stage.environment['KUBERNETES_SERVICE_HOST']}:${stage.environment['KUBERNETES_SERVICE_PORT_HTTPS']}`;
    const platform = behindProxy(new URL(stage.environment['API_URL'] ?? '')).origin;
    await using program = start({ ...stage.environment, ...proxies, API_URL: platform, NO_PROXY: apiServer });
    await started(program);
    stage.imds.service.schedule();
    expect(await stage.acted()).toBe(true);
    expect(proxy.requests.map(({ line }) => line)).toContain(
      `POST ${platform}/v1/kubernetes/external-clusters/${stage.clusterId}/events`,
    );
    expect(proxy.requests.filter(({ line }) => line.includes(new URL(stage.imds.url).host))).toEqual([]);
    expect(stage.imds.server.requests.length).toBeGreaterThan(1);
  });
});

describe('SIGTERM', () => {
  it('0.2 s after a notice lets both effects come about first', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '10' } });
    // The platform is slow, as from another continent on a cold connection.
    await stage.platformProxy.set({ type: 'latency', ms: 150 });
    await using program = start(stage.environment);
    await started(program);
    stage.imds.service.schedule();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const exit = await program.stop('SIGTERM');
    expect(exit).toEqual({ code: 0, signal: null });
    expect(stage.node.isMarked).toBe(true);
    expect(await stage.reports()).toHaveLength(1);
  });

  it('does not end the watch before the grace period does, and costs no time of the processor meanwhile', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '20' } });
    await using program = start(stage.environment);
    await started(program);
    program.signal('SIGTERM');
    await program.waitForJson<Line>(({ message }) => message === 'stopping');
    const before = program.usage()?.cpuMs ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    // Two looks and a warm-up; a loop that spins would take nearly all of two seconds.
    expect((program.usage()?.cpuMs ?? 0) - before).toBeLessThan(500);
    // The notice comes after the signal: on GCP and Azure that is the usual order.
    stage.imds.service.schedule();
    expect(await stage.acted()).toBe(true);
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  // Refusals that only an operator can end, from servers that ask for ten minutes: the flush does not wait for that.
  it('flushes what waits for the platform', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '60' } });
    const action = { type: 'status', status: 403, retryAfter: '600' } as const;
    const fault = await stage.control.addFault({ on: ['event'], action });
    await using program = start(stage.environment);
    const port = await started(program);
    stage.imds.service.schedule();
    await counted(port, { name: 'castai_spot_handler_report_total', labels: 'result="unauthorized"', atLeast: 1 });
    await stage.control.clearFaults(fault.id);
    program.signal('SIGTERM');
    expect(await stage.acted()).toBe(true);
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('flushes what waits for the API server', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '60' } });
    const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 };
    const heal = stage.kube.faults.add({
      match: { verb: 'patch', resource: 'nodes' },
      action: { type: 'respond', status: 403, headers: { 'retry-after': '600' }, body },
    });
    // A report that is taken is written down on the node, which would be another reason to try at once.
    const refusal = { type: 'status', status: 403, retryAfter: '600' } as const;
    await stage.control.addFault({ on: ['event'], action: refusal });
    await using program = start(stage.environment);
    const port = await started(program);
    stage.imds.service.schedule();
    const labels = 'action="mark",result="forbidden"';
    await counted(port, { name: 'castai_spot_handler_node_actions_total', labels, atLeast: 1 });
    heal();
    program.signal('SIGTERM');
    expect((await stage.marked()).isMarked).toBe(true);
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('a second one ends it at once', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { DRAIN_SECONDS: '600' } });
    await using program = start(stage.environment);
    await started(program);
    program.signal('SIGTERM');
    await program.waitForJson<Line>(({ message }) => message === 'stopping');
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
