/** The body of a stored object, as it came. Throws `SyntaxError` when it is no JSON, which the store does not take. */
export function parseBody(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
}
