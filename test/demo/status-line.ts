import { fitText } from './fit-text.ts';

/** Where a status line is written. */
export interface LineOutput {
  readonly isTTY?: boolean;
  /** Width of the terminal; looked at each time, because windows are resized. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Between two lines where a line cannot be written over: enough to see that it lives, without filling a log. */
const QUIET_MS = 5_000;
/** Where a terminal does not say how wide it is, as over some serial lines. */
const USUAL_COLUMNS = 80;
const CLEAR = '\r\u001b[K';
/** What moves the cursor, colours, or ends a line: none of it may come out of the words of a server. Tabs have no width of their own. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /\u001b\[[\d;?]*[ -/]*[@-~]|[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;

/**
 * A line that is written over again and again in a terminal; elsewhere a new line every few seconds, if it changed.
 *
 * It never wraps: what clears a line clears one row of it, so a line of two rows would leave one behind each time and push
 * everything else out of the terminal.
 */
export class StatusLine {
  readonly #output: LineOutput;
  readonly #now: () => number;
  #shown = '';
  #shownAtMs = -Infinity;

  constructor(output: LineOutput, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** How many characters a line of status may have. The last column stays free: some terminals wrap when it is filled. */
  get width(): number {
    if (this.#output.isTTY !== true) return Infinity;
    const { columns = 0 } = this.#output;
    return Math.max(1, (columns > 0 ? columns : USUAL_COLUMNS) - 1);
  }

  /** Shows the present state, as far as it fits. */
  show(text: string): void {
    const line = cut(text.replaceAll(CONTROL, ' '), this.width);
    if (line === this.#shown) return;
    if (this.#output.isTTY === true) this.#output.write(`${CLEAR}${line}`);
    else if (this.#now() - this.#shownAtMs < QUIET_MS) return;
    else this.#output.write(`${line}\n`);
    this.#shown = line;
    this.#shownAtMs = this.#now();
  }

  /** Writes lines that stay; broken between words where they do not fit. */
  say(text: string): void {
    if (this.#output.isTTY === true && this.#shown !== '') this.#output.write(CLEAR);
    const lines = text.split('\n').map((line) => line.replaceAll(CONTROL, ' '));
    this.#output.write(`${fitText(lines.join('\n'), this.width)}\n`);
    this.#shown = '';
  }
}

/** By characters as they are seen, so that none is cut in two; East Asian ones and emoji take two columns. */
function cut(text: string, width: number): string {
  if (width === Infinity) return text;
  let columns = 0;
  let kept = '';
  const graphemes = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const total = graphemes.reduce((sum, grapheme) => sum + widthOf(grapheme), 0);
  if (total <= width) return text;
  for (const grapheme of graphemes) {
    if (columns + widthOf(grapheme) > width - 1) break;
    columns += widthOf(grapheme);
    kept += grapheme;
  }
  return `${kept}…`;
}

const WIDE =
  /[\p{Extended_Pictographic}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

function widthOf(grapheme: string): 1 | 2 {
  return WIDE.test(grapheme) ? 2 : 1;
}
