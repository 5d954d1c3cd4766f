import { StatusError } from './status-error.ts';

/** In which form a client wants objects: whole, metadata alone, or (a watch only) in one that does not exist. */
export type AcceptedForm = 'full' | 'metadata' | 'unknown';

/**
 * Reads an Accept header. The fake speaks JSON only, so it is like a server of custom resources: protobuf first and
 * JSON second is answered in JSON. Throws 406 when JSON is not accepted.
 */
export function acceptedForm(accept: string | undefined, verb: string): AcceptedForm {
  const ranges = (accept === undefined || accept === '' ? '*/*' : accept).replaceAll(/\s/gu, '').split(',');
  for (const range of ranges) {
    const [type = '', ...parameters] = range.split(';');
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'full';
    if (as === (verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata')) return 'metadata';
    if (verb === 'watch' && as === 'PartialObjectMetadataList') return 'unknown';
  }
  throw new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: 'only the following media types are accepted: application/json',
  });
}

/** Whether an Accept-Encoding header names gzip. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((encoding) => encoding.split(';')[0]?.trim() === 'gzip');
}
