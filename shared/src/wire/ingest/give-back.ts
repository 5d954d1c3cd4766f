/**
 * Frees the memory of bytes that nobody reads any more, now and not when it is collected. The buffer is empty afterwards.
 *
 * Memory outside of V8's heap collects nothing by itself: V8 lets 32 MiB of it die before it looks (Node 24, measured). Batches and pages
 * outlive the young generation, so a snapshot of any size would have that much of dead bytes beside the few that are in use.
 *
 * Bytes that are a part of a buffer are left alone: the rest of it is somebody else's, such as Node's pool.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  // An empty one frees nothing, and may be a constant.
  if (byteLength > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
