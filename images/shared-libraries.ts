import { runTool } from './run-tool.ts';

/** What a program is loaded with. */
export interface SharedLibraries {
  /** Absolute path of the dynamic loader, as the program names it. */
  readonly loader: string;
  /** Absolute paths of the libraries, as the loader finds them; in no particular order. */
  readonly libraries: readonly string[];
}

/** Asks the loader which files a program is made of. Throws an Error where there is no `ldd`, or for a program without a loader. */
export function sharedLibraries(executable: string): SharedLibraries {
  const lines = runTool(['ldd', executable], 'images are built on Linux with glibc').split('\n');
  const libraries = lines.flatMap((line) => /=> (\/\S+) \(/u.exec(line)?.[1] ?? []);
  const [loader] = lines.flatMap((line) => /^\s*(\/\S+) \(/u.exec(line)?.[1] ?? []);
  if (loader === undefined || libraries.length === 0) throw new Error(`${executable} is not linked dynamically`);
  return { loader, libraries };
}
