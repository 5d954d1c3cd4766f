import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSigningSecret, signedHeaders } from '@castai/platform/notify/sign.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { RecordingServer, type RecordedRequest } from '@castai/shared/testing/recording-server.ts';

const SECRET = `whsec_${Buffer.from('a secret of the demo, for nobody').toString('base64')}`;

/** Somebody whom the demo's platform tells of trouble: takes what is signed, and says what it was told. */
export class DemoReceiver implements AsyncDisposable {
  /** For the platform: whom to tell. Sooner than anybody wants it in earnest, or nobody would wait for it here. */
  readonly notifyFile: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'castai-demo-receiver-'));
  readonly #server: RecordingServer;
  readonly #say: (line: string) => void;
  readonly #waiting = new Set<{ readonly status: string; readonly heard: () => void }>();

  private constructor(server: RecordingServer, say: (line: string) => void) {
    this.#server = server;
    this.#say = say;
    this.notifyFile = join(this.#folder, 'notify.json');
    const endpoint = {
      id: 'demo',
      url: server.url.href,
      allowHttp: true,
      allowNetworks: ['127.0.0.1'],
      secrets: [SECRET],
    };
    writeFileSync(this.notifyFile, JSON.stringify({ holdSeconds: 5, clearSeconds: 10, endpoints: [endpoint] }));
    server.react = (request, response) => response.writeHead(this.#take(request) ? 204 : 401).end();
  }

  /** Listens. */
  static async start(say: (line: string) => void): Promise<DemoReceiver> {
    return new DemoReceiver(await RecordingServer.start(), say);
  }

  /** Resolves with the next notification of this status. Rejects with the signal's reason. */
  async next(status: 'firing' | 'resolved', signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const one = { status, heard: resolve };
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(one);
    try {
      await promise;
    } finally {
      this.#waiting.delete(one);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #take({ headers, body }: RecordedRequest): boolean {
    const text = body.toString();
    const message = {
      id: String(headers['webhook-id']),
      timestampSeconds: Number(headers['webhook-timestamp']),
      body: text,
    };
    const signed = signedHeaders(message, [parseSigningSecret(SECRET)])['webhook-signature'];
    if (headers['webhook-signature'] !== signed) return false;
    const document: unknown = JSON.parse(text);
    const data = isRecord(document) && isRecord(document['data']) ? document['data'] : {};
    const { status, severity, summary } = data;
    this.#say(`told       ${String(status)} (${String(severity)}): ${String(summary)}`);
    for (const one of this.#waiting) if (one.status === status) one.heard();
    return true;
  }
}
