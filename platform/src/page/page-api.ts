/**
 * What a browser asks for: the page's files, its stream, and the sections that are asked for, `/_page/<name>?cluster=…`.
 *
 * The stream tells what is small and changes by itself; a section is what only some look at, or only a part of.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, json } from '../answer/answer.ts';
import { pageFiles } from './page-files.ts';
import type { PageStream } from './page-stream.ts';

/**
 * Gives the answer of one section, as JSON. `undefined`: there is no such thing, which is an answer too (`null`): what goes while somebody
 * looks at it must not be an error in the browser's console.
 */
export type PageSection = (query: URLSearchParams) => Promise<unknown>;

/** What it answers from. */
export interface PageApiOptions {
  readonly stream: Pick<PageStream, 'open'>;
  /** By the name in their address. */
  readonly sections: Readonly<Record<string, PageSection>>;
}

const BASE = '/_page/';

/** Answers browsers. */
export class PageApi {
  readonly #options: PageApiOptions;
  readonly #files = pageFiles();

  constructor(options: PageApiOptions) {
    this.#options = options;
  }

  /** Starts the stream if the request is for it; false: it is not. */
  stream(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (request.method !== 'GET' || url.pathname !== `${BASE}stream`) return false;
    this.#options.stream.open(url.searchParams.get('cluster') ?? '', response);
    return true;
  }

  /** The file or section at an address, or `undefined`. */
  async answer(url: URL): Promise<Answer | undefined> {
    const file = this.#files.get(url.pathname);
    if (file || !url.pathname.startsWith(BASE)) return file;
    const name = url.pathname.slice(BASE.length);
    const { sections } = this.#options;
    const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
    if (section === undefined) return undefined;
    const answer = json(200, (await section(url.searchParams)) ?? null);
    return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store' } };
  }
}
