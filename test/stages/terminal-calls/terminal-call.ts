/** A call of a program as somebody types it. */
export interface TerminalCall {
  readonly args: readonly string[];
  /** Width of the terminal; absent: there is none, but a pipe. */
  readonly columns?: number;
  /** NO_COLOR is set. */
  readonly isPlain?: boolean;
}

/** What came of one, in the order of the calls. */
export interface TerminalText {
  /** Both outputs, as they were written. */
  readonly text: string;
  readonly exitCode: number;
}
