import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { type ContinuePosition, decodeContinue, encodeContinue } from './continue-token.ts';
import { writePieces } from './outlet.ts';
import type { ResourceRequest } from './resource-request.ts';
import { resourceTypeId } from './resource-type.ts';
import { hasSelector, parseSelection } from './selectors.ts';
import { badRequest, expired, invalid, tooLargeResourceVersion } from './status-error.ts';
import type { Store } from './store.ts';
import type { StoredObject } from './stored-object.ts';

/** What answers to a list depend on. */
export interface ListContext {
  readonly store: Store;
  /** Waits as long as the server waits for a resourceVersion of the future. */
  readonly waitForFuture: () => Promise<void>;
}

interface Page {
  readonly items: readonly StoredObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  readonly remaining: number | undefined;
}

/**
 * Answers a list: the newest state, an exact one, or one page of either. Pages of one list show the state of its first
 * page whatever is written meanwhile. Throws 400, 410, 422 and 504 as the real server does.
 */
export async function serveList(request: ResourceRequest, context: ListContext): Promise<void> {
  const page = await readPage(request, context);
  const { metadata, items } = describe(page, request);
  await writeList(request, { metadata, items });
}

async function readPage(request: ResourceRequest, context: ListContext): Promise<Page> {
  const { query } = request.info;
  checkQuery(query);
  const token = query.get('continue') ?? '';
  const text = query.get('resourceVersion') ?? '';
  const limit = (request.listFault?.ignoreLimit !== true && Number(query.get('limit') ?? 0)) || Infinity;
  if (token !== '') return continuePage(request, context, text === '0' ? Infinity : limit);
  const { store } = context;
  if (text !== '' && text !== '0') {
    const asked = store.revisions.parse(text);
    if (asked === undefined) throw badRequest(`Invalid value: ${JSON.stringify(text)}`);
    if (asked > store.revisions.current) {
      await context.waitForFuture();
      throw tooLargeResourceVersion(text, store.revisions.format(store.revisions.current));
    }
    const match = query.get('resourceVersionMatch') ?? '';
    // A limit without a match silently makes the version an exact one.
    if (match === 'Exact' || (match === '' && limit !== Infinity)) return exactPage(request, store, { asked, limit });
  }
  return pageFrom(request, store, {
    revision: store.revisions.current,
    start: '',
    limit: text === '0' ? Infinity : limit,
  });
}

function checkQuery(query: URLSearchParams): void {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const token = query.get('continue') ?? '';
  if (query.has('sendInitialEvents')) throw invalid('sendInitialEvents', 'Forbidden: is forbidden for list');
  if (match !== '' && token !== '') throw invalid('resourceVersionMatch', 'Forbidden: is forbidden for continue');
  if (match !== '' && version === '') throw invalid('resourceVersionMatch', 'Forbidden: needs a resourceVersion');
  if (match === 'Exact' && version === '0')
    throw invalid('resourceVersionMatch', 'Forbidden: "Exact" is forbidden for 0');
  if (token !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
}

function continuePage(request: ResourceRequest, { store }: ListContext, limit: number): Page {
  const { resourceVersion, start } = decodeContinue(request.info.query.get('continue') ?? '');
  if (resourceVersion === '-1') return pageFrom(request, store, { revision: store.revisions.current, start, limit });
  const revision = store.revisions.parse(resourceVersion);
  if (revision === undefined || kindOf(request, store).at(revision) === undefined) {
    throw expired('The provided continue parameter is too old to display a consistent list result.', {
      continue: encodeContinue({ resourceVersion: '-1', start }),
    });
  }
  return pageFrom(request, store, { revision, start, limit });
}

function exactPage(request: ResourceRequest, store: Store, { asked, limit }: { asked: number; limit: number }): Page {
  if (kindOf(request, store).at(asked) === undefined) {
    throw expired(`The resourceVersion for the provided list is too old.`);
  }
  return pageFrom(request, store, { revision: asked, start: '', limit });
}

interface PageRequest extends Pick<ContinuePosition, 'start'> {
  readonly revision: number;
  readonly limit: number;
}

function pageFrom(request: ResourceRequest, store: Store, { revision, start, limit }: PageRequest): Page {
  const kind = kindOf(request, store);
  const state = kind.at(revision) ?? [];
  const { type, namespace, info } = request;
  const selection = parseSelection({ type, namespace, query: info.query });
  const items: StoredObject[] = [];
  let index = lowerBound(state, start);
  let next: StoredObject | undefined;
  let remaining = 0;
  for (; index < state.length; index += 1) {
    const object = state[index];
    if (object === undefined || selection?.(object) === false) continue;
    if (selection === undefined && items.length === limit) {
      // Nothing to select: the rest is counted without a look at each, which for a page of a large kind costs more than the page.
      next = object;
      remaining = state.length - index;
      break;
    }
    if (items.length < limit) items.push(object);
    else remaining += 1;
    next ??= remaining > 0 ? object : undefined;
  }
  const resourceVersion = store.revisions.format(revision);
  if (next === undefined) return { items, resourceVersion, continueToken: undefined, remaining: undefined };
  if (revision === store.revisions.current) kind.pin();
  return {
    items,
    resourceVersion,
    // Behind the last one sent, not at the next: what comes into being between the two is listed where the token goes on in a newer state.
    continueToken: encodeContinue({ resourceVersion, start: `${items.at(-1)?.key ?? start}\0` }),
    remaining: hasSelector(info.query) ? undefined : remaining,
  };
}

function kindOf({ type }: ResourceRequest, store: Store): ReturnType<Store['kind']> {
  return store.kind(resourceTypeId(type));
}

function lowerBound(state: readonly StoredObject[], start: string): number {
  let low = 0;
  let high = state.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((state[middle]?.key ?? '') < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Described {
  readonly metadata: Record<string, unknown>;
  readonly items: readonly StoredObject[];
}

function describe(page: Page, { listFault, type }: ResourceRequest): Described {
  const metadata: Record<string, unknown> = {
    resourceVersion: page.resourceVersion,
    // A custom resource's list says on its last page that there is no more; a built-in one leaves the field out.
    ...(page.continueToken === undefined && !type.isCustom ? {} : { continue: page.continueToken ?? '' }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  if (listFault === undefined) return { metadata, items: page.items };
  const { resourceVersion, continueToken } = listFault;
  if (resourceVersion === null) delete metadata['resourceVersion'];
  else if (resourceVersion !== undefined) metadata['resourceVersion'] = resourceVersion;
  if (continueToken === null) delete metadata['continue'];
  else if (continueToken !== undefined) metadata['continue'] = continueToken;
  return { metadata, items: listFault.items === false ? [] : page.items };
}

/** The real server compresses from this size on. */
const GZIP_FROM_BYTES = 128 * 1024;
const compress = promisify(gzip);

async function writeList(request: ResourceRequest, { metadata, items }: Described): Promise<void> {
  const { renderer, outlet } = request;
  const pieces = renderer.page(metadata, items);
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const headers = { 'content-type': renderer.contentType.whole };
  if (request.acceptsGzip && bytes > GZIP_FROM_BYTES) {
    const body = await compress(Buffer.concat(pieces), { level: constants.Z_BEST_SPEED });
    await writePieces(outlet, [body], { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  } else {
    await writePieces(outlet, pieces, headers);
  }
}
