import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** A region is read in pieces of this size; texts that are looked for are shorter than the overlap. */
const PIECE_BYTES = 4 * 1024 * 1024;
const OVERLAP_BYTES = 4096;

/**
 * Which of the texts stand anywhere in the writable memory of a process, as one-byte or two-byte characters: what a core dump of
 * it would hold. Needs the right to trace it, which a parent has. Throws where there is no `/proc`.
 */
export function findInMemory(pid: number, texts: readonly string[]): string[] {
  const needles = texts.flatMap((text) => [
    { text, bytes: Buffer.from(text, 'latin1') },
    { text, bytes: Buffer.from(text, 'utf16le') },
  ]);
  const found = new Set<string>();
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { start, end } of writableRegions(pid)) {
      for (let from = start; from < end; from += PIECE_BYTES - OVERLAP_BYTES) {
        const piece = readPiece(memory, from, Math.min(PIECE_BYTES, end - from));
        if (piece === undefined) continue;
        for (const { text, bytes } of needles) if (piece.includes(bytes)) found.add(text);
      }
    }
  } finally {
    closeSync(memory);
  }
  return [...found];
}

function writableRegions(pid: number): { start: number; end: number }[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^([\da-f]+)-([\da-f]+) .w/u.exec(line);
      return match === null
        ? []
        : [{ start: Number.parseInt(match[1] ?? '', 16), end: Number.parseInt(match[2] ?? '', 16) }];
    });
}

/** Undefined for memory that cannot be read, as the kernel's own pages. */
function readPiece(memory: number, from: number, bytes: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(bytes);
  try {
    return buffer.subarray(0, readSync(memory, buffer, 0, bytes, from));
  } catch {
    return undefined;
  }
}
