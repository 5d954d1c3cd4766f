/** The web page at `/`: its files, read once at start, and its stream. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../answer/answer.ts';
import type { PageStream } from './page-stream.ts';

/** Nothing from elsewhere, and no inline code: what agents send can be shown, never run. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html' },
  { path: '/page.css', file: 'page.css', type: 'text/css' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript' },
] as const;

/** Answers browsers. */
export class PageApi {
  readonly #stream: PageStream;
  readonly #answers: ReadonlyMap<string, Answer>;

  constructor(stream: PageStream) {
    this.#stream = stream;
    this.#answers = new Map(
      FILES.map(({ path, file, type }) => {
        const headers = { ...SECURITY_HEADERS, 'content-type': `${type}; charset=utf-8` };
        return [path, { status: 200, headers, body: readFileSync(new URL(file, import.meta.url)) }];
      }),
    );
  }

  /** Starts the stream if the request is for it; false: it is not. */
  stream(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (request.method !== 'GET' || url.pathname !== '/_page/stream') return false;
    this.#stream.open(url.searchParams.get('cluster') ?? '', response);
    return true;
  }

  /** The page's file at a path, or `undefined`. */
  file(path: string): Answer | undefined {
    return this.#answers.get(path);
  }
}
