import { StatusError } from './status-error.ts';

/** How a client wants objects. */
export interface Accepted {
  /** Whole, metadata alone, or (a watch only) in a form that does not exist. */
  readonly form: 'full' | 'metadata' | 'unknown';
  readonly isProtobuf: boolean;
}

/** What is asked for. */
export interface Negotiable {
  readonly verb: string;
  /** Whether the kind has protobuf: Kubernetes' own have. Metadata alone has it of every kind. */
  readonly hasProtobuf: boolean;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPES: readonly string[] = ['application/json', 'application/*', '*/*'];

/** Reads an Accept header: what can be given of it first is given. Throws 406 when nothing can. */
export function negotiate(accept: string | undefined, { verb, hasProtobuf }: Negotiable): Accepted {
  for (const { type, as } of rangesOf(accept)) {
    const isProtobuf = type === PROTOBUF;
    if (!isProtobuf && !JSON_TYPES.includes(type)) continue;
    if (as === undefined) {
      if (!isProtobuf || hasProtobuf) return { form: 'full', isProtobuf };
    } else if (as === (verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata')) {
      return { form: 'metadata', isProtobuf };
    } else if (verb === 'watch' && as === 'PartialObjectMetadataList') return { form: 'unknown', isProtobuf };
  }
  throw new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: application/json, ${PROTOBUF}`,
  });
}

/** Whether a refusal is told in protobuf, whatever was asked for. */
export function wantsProtobuf(accept: string | undefined): boolean {
  const first = rangesOf(accept).find(({ type }) => type === PROTOBUF || JSON_TYPES.includes(type));
  return first?.type === PROTOBUF;
}

function rangesOf(accept: string | undefined): { readonly type: string; readonly as: string | undefined }[] {
  const ranges = (accept === undefined || accept === '' ? '*/*' : accept).replaceAll(/\s/gu, '').split(',');
  return ranges.map((range) => {
    const [type = '', ...parameters] = range.split(';');
    return { type, as: parameters.find((parameter) => parameter.startsWith('as='))?.slice(3) };
  });
}

/** Whether an Accept-Encoding header names gzip. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((encoding) => encoding.split(';')[0]?.trim() === 'gzip');
}
