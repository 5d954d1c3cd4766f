import type { Dispatcher } from 'undici';
import type { Dispatchers } from './dispatcher.ts';
import { wasSilent } from './was-silent.ts';

/** A request over an undici dispatcher, which always has a signal. */
export type DispatchedRequest = Dispatcher.RequestOptions & { readonly signal: AbortSignal };

/** Sends a request; after one that was not answered in time the next goes over a new connection. Throws what undici throws. */
export async function requestOver(
  dispatchers: Dispatchers,
  request: DispatchedRequest,
): Promise<Dispatcher.ResponseData> {
  const dispatcher = dispatchers.current();
  try {
    return await dispatcher.request(request);
  } catch (error) {
    if (wasSilent(error, request.signal)) dispatchers.abandon?.(dispatcher);
    throw error;
  }
}
