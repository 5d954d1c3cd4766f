import { type LogRecord, textLine } from './text-line.ts';
import type { LogLook } from './log-format.ts';

/** Takes lines, each with its newline. */
export interface LineSink {
  write(line: string): void;
}

/** Hands each line of JSON on as it is, or as people read it. */
export function createLogOutput({ format, hasColour }: LogLook, to: LineSink): LineSink {
  if (format === 'json') return to;
  return { write: (line) => to.write(`${textLine(readRecord(line), hasColour)}\n`) };
}

/** What the logger wrote a moment ago: it has level, time and message. */
function readRecord(line: string): LogRecord {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(line) as LogRecord;
}

/** Hands each line to all of them, in their order. */
export function teeLines(...sinks: readonly LineSink[]): LineSink {
  return {
    write: (line) => {
      for (const sink of sinks) sink.write(line);
    },
  };
}
