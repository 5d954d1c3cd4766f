/** A body that was read up to a limit. */
export interface BoundedBody {
  readonly bytes: Uint8Array;
  /** There was more. The rest was not read, and its connection is gone. */
  readonly truncated: boolean;
}

/**
 * Reads a body, but no more than `limitBytes`: what answers may not be the platform and may never stop. Reading to the
 * end is also what lets the connection serve the next request.
 */
export async function readBody(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<BoundedBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop destroys the stream.
    if (size > limitBytes) return { bytes: Buffer.concat(chunks), truncated: true };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), truncated: false };
}
