/**
 * In which encodings we ask for objects and what an answer's `Content-Type` says about the one that came. All
 * negotiation is here: another encoding is a further `Accept` and a further format, and a decoder chosen by it.
 * The answer decides, per response: errors and custom resources may come in another encoding than the one asked for.
 */
export const ACCEPT_OBJECTS = 'application/json';

/** For objects of which both forms can be read: a server, or something before it, that has no protobuf answers with the other. */
export const ACCEPT_PROTOBUF = 'application/vnd.kubernetes.protobuf, application/json';

/** What a body is, judged by its content type. */
export type BodyFormat = 'json' | 'protobuf' | 'other';

/** Which decoder a body needs. Parameters such as `charset` do not matter, `stream=watch` neither. */
export function bodyFormatOf(contentType: string | undefined): BodyFormat {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return 'json';
  return mediaType === 'application/vnd.kubernetes.protobuf' ? 'protobuf' : 'other';
}
