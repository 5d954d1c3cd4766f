/** A text as it reads once escapes are undone, and where each of its characters stands in the one that was written. */
export interface Unescaped {
  readonly text: string;
  /** For each character the offset at which what was written for it begins, and the one behind its end. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** How URLs, JSON, JavaScript and HTML write a character that they do not write as itself. */
const ESCAPE = new RegExp(
  [
    String.raw`(?<percent>%[0-7][\da-f]|(?:%[89a-f][\da-f])+)`,
    String.raw`\\u(?<unit>[\da-f]{4})`,
    String.raw`\\x(?<byte>[\da-f]{2})`,
    String.raw`\\(?<itself>[^\w\s])`,
    String.raw`&#x(?<hex>[\da-f]{1,6});`,
    String.raw`&#(?<decimal>\d{1,7});`,
    String.raw`&(?<name>amp|lt|gt|quot|apos);`,
  ].join('|'),
  'giu',
);
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undoes every escape once; undefined when there is none. What looks like one and means nothing stays as it is. */
export function undoEscapes(written: string): Unescaped | undefined {
  if (!/[%\\&]/u.test(written)) return undefined;
  // What is meant is never longer than how it is written.
  const from = new Uint32Array(written.length);
  const to = new Uint32Array(written.length);
  let text = '';
  let length = 0;
  let done = 0;
  const keep = (end: number): void => {
    text += written.slice(done, end);
    for (; done < end; done += 1) {
      from[length] = done;
      to[length] = done + 1;
      length += 1;
    }
  };
  for (const { 0: escape, index, groups = {} } of written.matchAll(ESCAPE)) {
    const meant = meaningOf(groups);
    if (meant === undefined) continue;
    keep(index);
    done = index + escape.length;
    text += meant;
    for (let unit = 0; unit < meant.length; unit += 1) {
      from[length] = index;
      to[length] = done;
      length += 1;
    }
  }
  if (done === 0) return undefined;
  keep(written.length);
  return { text, from: from.subarray(0, length), to: to.subarray(0, length) };
}

function meaningOf(groups: Readonly<Record<string, string | undefined>>): string | undefined {
  const { percent, unit, byte, itself, hex, decimal, name } = groups;
  if (percent !== undefined) return decoded(percent);
  if (itself !== undefined) return itself;
  if (name !== undefined) return NAMED[name.toLowerCase()];
  const code = decimal === undefined ? Number.parseInt(unit ?? byte ?? hex ?? '', 16) : Number(decimal);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

function decoded(percent: string): string | undefined {
  try {
    return decodeURIComponent(percent);
  } catch {
    // Not UTF-8: it stands for itself.
    return undefined;
  }
}
