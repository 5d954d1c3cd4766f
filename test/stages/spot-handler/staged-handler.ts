import { readFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/async/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import type { StatusDocument } from '@castai/shared/http/status-document.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { LogRing } from '@castai/shared/log/log-ring.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { Lifecycle } from '@castai/shared/program/lifecycle.ts';
import { runProgram } from '@castai/shared/program/run-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from '@castai/spot-handler/config.ts';
import { runSpotHandler } from '@castai/spot-handler/spot-handler.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';

/** A handler in this process. */
export class StagedHandler {
  readonly lines: string[] = [];
  readonly lifecycle: Lifecycle;
  readonly ended: Promise<void>;
  adminPort = 0;
  #isOver = false;

  constructor(environment: Readonly<Record<string, string>>) {
    const source = { environment, readFile: (path: string) => readFileSync(path, 'utf8') };
    const { config } = parseOptions(SPOT_HANDLER_OPTIONS, source, checkSpotHandlerConfig);
    this.lifecycle = new Lifecycle({ clock: systemClock, drainMs: config.drainMs, abortMs: 2000 });
    const destination = { write: (line: string): void => this.#take(line) };
    const secrets = new KnownSecrets();
    const logger = createLogger({
      secrets,
      level: config.logLevel,
      name: 'castai-spot-handler',
      clock: systemClock,
      destination,
    });
    const parts = {
      name: 'castai-spot-handler',
      version: '0.0.0-test',
      instanceId: 'staged',
      config,
      environment,
      secrets,
      logger,
      recentLog: new LogRing({ lines: 100, bytes: 65_536 }),
      clock: systemClock,
      random: Math.random,
      lifecycle: this.lifecycle,
    };
    this.ended = runProgram(parts, runSpotHandler).finally(() => (this.#isOver = true));
    // Whoever stops it hears of a failure; until then it must not end the test process.
    this.ended.catch(() => undefined);
  }

  /** What an admin endpoint answers. */
  async get(path: string): Promise<{ status: number; text: string }> {
    const port = await eventually({
      what: 'the handler listens',
      look: () => this.adminPort,
      until: (value) => value > 0,
    });
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** `/statusz` as data. */
  async status(): Promise<StatusDocument> {
    return JSON.parse((await this.get('/statusz?format=json')).text) as StatusDocument;
  }

  /** One value of `/metrics`; undefined when there is no such series. */
  async metric(series: string): Promise<number | undefined> {
    const line = (await this.get('/metrics')).text.split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** Ends it at once, as SIGKILL would, and throws what it failed of. */
  async kill(): Promise<void> {
    if (!this.#isOver) this.lifecycle.requestAbort('the test ends');
    await this.ended;
  }

  #take(line: string): void {
    this.lines.push(line);
    const entry: unknown = JSON.parse(line);
    if (isRecord(entry) && entry['message'] === 'spot handler started') this.adminPort = Number(entry['port']);
  }
}
