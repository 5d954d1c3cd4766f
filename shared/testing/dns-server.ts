import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** What a name server says of a name: its addresses (none: the name is there, without any), that there is none, or nothing for now. */
export type DnsAnswer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'silence';

const RCODES = { SERVFAIL: 2, NXDOMAIN: 3 } as const;
const TYPES: ReadonlyMap<number, 'A' | 'AAAA'> = new Map([
  [1, 'A'],
  [28, 'AAAA'],
]);

/** A name server on 127.0.0.1 that says what the test says, over UDP. */
export class DnsServer {
  /** `A name` or `AAAA name`, in the order in which they came. */
  readonly questions: string[] = [];
  /** What it says of a name, addresses of both families among each other. */
  answer: (name: string) => DnsAnswer = () => 'NXDOMAIN';
  readonly #socket: Socket = createSocket('udp4');
  readonly #unanswered: { readonly question: Buffer; readonly from: RemoteInfo }[] = [];

  static async start(): Promise<DnsServer> {
    const server = new DnsServer();
    server.#socket.on('message', (question, from) => server.#take(question, from));
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  /** `address:port`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** Says of everything that it was silent about that there is no such name. */
  release(): void {
    for (const { question, from } of this.#unanswered.splice(0)) this.#reply(question, from, 'NXDOMAIN');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(question: Buffer, from: RemoteInfo): void {
    const { name, type } = readQuestion(question);
    this.questions.push(`${type} ${name}`);
    const answer = this.answer(name);
    if (answer === 'silence') this.#unanswered.push({ question, from });
    else this.#reply(question, from, answer);
  }

  #reply(question: Buffer, from: RemoteInfo, answer: Exclude<DnsAnswer, 'silence'>): void {
    this.#socket.send(reply(question, answer), from.port, from.address);
  }
}

interface Question {
  readonly name: string;
  readonly type: string;
  /** Where it ends. */
  readonly end: number;
}

/** The one question of a message (RFC 1035, 4.1). */
function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = TYPES.get(message.readUInt16BE(at + 1)) ?? 'other';
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

function reply(message: Buffer, answer: Exclude<DnsAnswer, 'silence'>): Buffer {
  const { type, end } = readQuestion(message);
  const addresses = typeof answer === 'string' ? [] : answer.filter((one) => isIPv4(one) === (type === 'A'));
  const head = Buffer.from(message.subarray(0, 12));
  // An answer, recursion wanted and available.
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? RCODES[answer] : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, message.subarray(12, end), ...addresses.map(record)]);
}

function record(address: string): Buffer {
  const bytes = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.alloc(12);
  // The name is that of the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(isIPv4(address) ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function ipv6Bytes(address: string): Buffer {
  const [before = '', after = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((one) => Number.parseInt(one, 16));
  const [first, last] = [groups(before), groups(after)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}
