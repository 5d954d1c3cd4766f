import { join } from 'node:path';
import { request } from 'undici';
import { findFreePort } from './free-port.ts';
import type { ProcessGroup } from './process-group.ts';
import { waitUntil } from './wait-until.ts';

/** What is needed to start an etcd with one member. */
export interface EtcdOptions {
  readonly binary: string;
  readonly processes: ProcessGroup;
  /** Appended to our own arguments, so they win. */
  readonly args: readonly string[];
}

const START_TIMEOUT_MS = 30_000;

/**
 * Starts etcd on a free port of 127.0.0.1 and waits until it is healthy. Returns its client URL.
 * Throws an Error with etcd's last lines when it ends or is not healthy within 30 s.
 */
export async function startEtcd(options: EtcdOptions): Promise<string> {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  // A single member never calls its peers: the port only has to be one that nobody else has.
  const peerUrl = 'http://127.0.0.1:0';
  const server = options.processes.start({
    name: 'etcd',
    program: options.binary,
    args: [
      `--data-dir=${join(options.processes.directory, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      // The data lives as long as the test: waiting for the disk would only make it slower.
      '--unsafe-no-fsync=true',
      // What kubeadm sets; with etcd's default of 10 minutes quiet kinds get their first bookmark a minute late.
      '--watch-progress-notify-interval=5s',
      ...options.args,
    ],
  });
  await waitUntil({
    failure: 'etcd is not healthy',
    timeoutMs: START_TIMEOUT_MS,
    check: async () => {
      if (server.hasEnded()) throw new Error(`etcd ended: ${await server.ended}\n${await server.lastLines()}`);
      return (await isHealthy(url)) ? true : undefined;
    },
  });
  return url;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await request(`${url}/health`);
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false; // Nobody listens yet; the caller's deadline decides.
  }
}
