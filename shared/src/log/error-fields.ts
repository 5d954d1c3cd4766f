import { CastaiError, causesOf, describeError, errorCodeOf } from '../errors.ts';

/** An error as it is logged. Bodies, headers and other properties that client libraries hang on errors stay out. */
export interface ErrorFields {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  /** From the nearest to the root. */
  readonly causes?: readonly { readonly code?: string; readonly message: string }[];
  readonly stack?: string;
}

/** How errors are told. */
export interface ErrorFieldsOptions {
  readonly withStack: boolean;
  /** Takes secrets out of every text. */
  readonly redact: (text: string) => string;
}

/** The loggable part of anything thrown. */
export function errorFields(error: unknown, { withStack, redact }: ErrorFieldsOptions): ErrorFields {
  const summary = (one: unknown): { code?: string; message: string } => {
    const code = errorCodeOf(one);
    return { ...(code === undefined ? {} : { code }), message: redact(describeError(one)) };
  };
  const hint = error instanceof CastaiError ? error.hint : undefined;
  // A cause that says what the error above it says already adds nothing; wrapping makes many of those.
  const causes = causesOf(error)
    .map(summary)
    .filter((cause, index, all) => {
      const above = index === 0 ? summary(error) : all[index - 1];
      return cause.message !== above?.message || (cause.code !== undefined && cause.code !== above.code);
    });
  return {
    ...summary(error),
    ...(hint === undefined ? {} : { hint: redact(hint) }),
    ...(causes.length === 0 ? {} : { causes }),
    ...(withStack && error instanceof Error && error.stack !== undefined ? { stack: redact(error.stack) } : {}),
  };
}
