/** A line of a Markdown file, numbered from 1, and what it is part of. */
export interface PaperLine {
  readonly number: number;
  readonly kind: 'prose' | 'code' | 'table' | 'generated';
  readonly text: string;
}

/** A Markdown file, taken apart as far as its checks need. */
export interface Paper {
  /** From the root of the repository. */
  readonly path: string;
  readonly bytes: number;
  readonly lines: readonly PaperLine[];
  /** What a link may name after `#`, as GitHub makes them of headings. */
  readonly anchors: ReadonlySet<string>;
}

const HEADING = /^#{1,6} +(?<title>.+?) *$/u;

/** Takes a Markdown file apart. Code is what stands between fences, or is indented by four after an empty line. Pure. */
export function readPaper(path: string, text: string): Paper {
  const lines: PaperLine[] = [];
  let open: 'fence' | 'generated' | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const isFence = line.trimStart().startsWith('```');
    if (open === undefined && line.startsWith('<!-- generated: ')) open = 'generated';
    const kind = kindOf(line, open, lines.at(-1));
    lines.push({ number: index + 1, kind: isFence && open !== 'generated' ? 'code' : kind, text: line });
    if (open === 'generated') open = line === '<!-- end of generated -->' ? undefined : open;
    else if (isFence) open = open === undefined ? 'fence' : undefined;
  }
  return { path, bytes: Buffer.byteLength(text), lines, anchors: anchorsOf(lines) };
}

function kindOf(
  text: string,
  open: 'fence' | 'generated' | undefined,
  before: PaperLine | undefined,
): PaperLine['kind'] {
  if (open !== undefined) return open === 'fence' ? 'code' : 'generated';
  if (text.startsWith('|')) return 'table';
  const mayBeCode = before === undefined || before.kind === 'code' || /^$|^<!-- /u.test(before.text);
  return mayBeCode && text.startsWith('    ') ? 'code' : 'prose';
}

/** The second heading of a title gets `-1`, the third `-2`. */
function anchorsOf(lines: readonly PaperLine[]): Set<string> {
  const anchors = new Set<string>();
  for (const { kind, text } of lines) {
    const title = kind === 'prose' ? HEADING.exec(text)?.groups?.['title'] : undefined;
    if (title === undefined) continue;
    const anchor = title
      .replaceAll(/\]\([^)]*\)/gu, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let free = anchor;
    for (let count = 1; anchors.has(free); count += 1) free = `${anchor}-${String(count)}`;
    anchors.add(free);
  }
  return anchors;
}
