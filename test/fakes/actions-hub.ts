import type { ServerResponse } from 'node:http';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';

/** What the platform was told of an action. */
export interface ReceivedAck {
  readonly id: string;
  readonly error: string | null;
}

/**
 * The platform's end of the wire on a free port: gives whatever is not acknowledged yet at each poll, also what is being done, and
 * misbehaves as told.
 */
export class ActionsHub implements AsyncDisposable {
  /** Every acknowledgement that came, taken or not. */
  readonly acks: ReceivedAck[] = [];
  /** Every line of log, as it came. */
  readonly lines: unknown[] = [];
  /** So many acknowledgements are taken, and the answers to them lost; so many are not taken at all. */
  loseAcks = 0;
  refuseAcks = 0;
  /** A poll that would be given nothing is answered after this time instead of at once, in milliseconds. */
  holdMs = 0;
  /** Told of each at the moment at which it comes. */
  onAck: (ack: ReceivedAck) => void = () => undefined;
  /** Told of what each poll is given, when its answer is sent. */
  onGiven: (ids: readonly string[]) => void = () => undefined;
  readonly #server: RecordingServer;
  readonly #open = new Map<string, object>();

  static async start(): Promise<ActionsHub> {
    return new ActionsHub(await RecordingServer.start());
  }

  private constructor(server: RecordingServer) {
    this.#server = server;
    server.react = ({ method, url, body }, response) => {
      if (method === 'POST' && url.endsWith('/actions/logs')) {
        this.lines.push(JSON.parse(body.toString()));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        return;
      }
      const ack = /\/actions\/([^/]+)\/ack$/u.exec(url)?.[1];
      if (method === 'GET' && url.endsWith('/actions')) {
        if (this.#open.size > 0 || this.holdMs === 0) this.#give(response);
        else setTimeout(() => this.#give(response), this.holdMs).unref();
      } else if (method === 'POST' && ack !== undefined) {
        const value: unknown = JSON.parse(body.toString());
        const error = isRecord(value) && typeof value['error'] === 'string' ? value['error'] : null;
        const id = decodeURIComponent(ack);
        this.acks.push({ id, error });
        this.onAck({ id, error });
        if (this.refuseAcks > 0) {
          this.refuseAcks -= 1;
          response.writeHead(503).end();
          return;
        }
        this.#open.delete(id);
        if (this.loseAcks > 0) {
          this.loseAcks -= 1;
          response.socket?.destroy();
        } else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      } else response.writeHead(404).end();
    };
  }

  #give(response: ServerResponse): void {
    this.onGiven(this.openIds);
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ items: [...this.#open.values()] }));
  }

  get url(): URL {
    return this.#server.url;
  }

  /** What is not acknowledged yet. */
  get openIds(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Asks for an action, as the wire writes it. */
  ask(id: string, fields: object): void {
    this.#open.set(id, { id, createdAt: new Date().toISOString(), ...fields });
  }

  /** How often it was told of an action. */
  acksOf(id: string): (string | null)[] {
    return this.acks.filter((ack) => ack.id === id).map(({ error }) => error);
  }

  /** Polls, acknowledgements and lines of log, as they came. */
  get requests(): RecordingServer['requests'] {
    return this.#server.requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
