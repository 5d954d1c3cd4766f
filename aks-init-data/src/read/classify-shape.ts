/** Forms of CustomData that AKS has used. A label for the platform, which alone interprets the data. */
export const SHAPES = [
  'gzip',
  'cloud-config',
  'cloud-boothook',
  'mime-multipart',
  'ignition',
  'absent',
  'other',
] as const;

/** One of the forms. */
export type Shape = (typeof SHAPES)[number];

/** Enough for the first lines of a MIME document and the first key of an Ignition one. */
const LOOKED_AT_BYTES = 200;

/** The form, judged by the first bytes alone. */
export function classifyShape(customData: Uint8Array): Shape {
  if (customData.length === 0) return 'absent';
  if (customData[0] === 0x1f && customData[1] === 0x8b) return 'gzip';
  // A view: a copy in the pool would outlive the wiping.
  const { buffer, byteOffset, length } = customData.subarray(0, LOOKED_AT_BYTES);
  const start = Buffer.from(buffer, byteOffset, length).toString('latin1');
  if (start.startsWith('#cloud-config')) return 'cloud-config';
  if (start.startsWith('#cloud-boothook')) return 'cloud-boothook';
  if (/^(?:MIME-Version|Content-Type: multipart)/iu.test(start)) return 'mime-multipart';
  return /^\s*\{\s*"ignition"/u.test(start) ? 'ignition' : 'other';
}
