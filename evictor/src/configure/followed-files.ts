import { isDeepStrictEqual } from 'node:util';
import { type ConfiguredFiles, type FileOptions, type FileTexts, parseFiles, readTexts } from './load-files.ts';

/** Told when the files were found changed: undefined where they can be used, else why they cannot and those before them are used still. */
export type OnFilesRead = (error: unknown) => void;

/**
 * The files that options name, as they are: those of a ConfigMap change under a program that runs. What cannot be used takes nothing from what is
 * known.
 */
export class FollowedFiles {
  readonly #options: FileOptions;
  readonly #onRead: OnFilesRead;
  #texts: FileTexts | undefined;
  #current: ConfiguredFiles;

  /** Throws `CONFIG_INVALID` as `loadFiles` does. */
  constructor(options: FileOptions, onRead: OnFilesRead) {
    this.#options = options;
    this.#onRead = onRead;
    this.#texts = readTexts(options);
    this.#current = parseFiles(options, this.#texts);
  }

  /** What they say: another object where that has changed. */
  get current(): ConfiguredFiles {
    return this.#current;
  }

  /** Reads them again: small files, and nothing is made of what has not changed. */
  readAgain(): void {
    const before = this.#texts;
    // Of a file that cannot be read now, everything counts as changed when it can.
    this.#texts = undefined;
    try {
      this.#texts = readTexts(this.#options);
      if (before !== undefined && isDeepStrictEqual(this.#texts, before)) return;
      this.#current = parseFiles(this.#options, this.#texts);
      this.#onRead(undefined);
    } catch (error) {
      this.#onRead(error);
    }
  }
}
