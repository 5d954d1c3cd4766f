import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** What the linter's rules are made of. */
const COPIED = [
  'oxlint.config.ts',
  'package.json',
  '*/package.json',
  'tsconfig.json',
  'scripts/programs.ts',
  'scripts/lint/*.ts',
];
/** The rules that hold the floors, the purity of files and the length of functions. */
const RULES = [
  'house(imports)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'eslint(max-lines-per-function)',
];

/** One line in a file (several, when it is alone there), and what the linter has to say of it: a text in its message; nothing when it is left out. */
export interface Plant {
  readonly path: string;
  readonly code: string;
  readonly finds?: string;
}

interface Diagnostic {
  readonly code?: string;
  readonly message: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** A folder with the linter's configuration and nothing else but what is planted. Dispose of it. */
export class PlantedTree implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'castai-lint-'));

  constructor() {
    for (const path of COPIED.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))) {
      cpSync(join(ROOT, path), join(this.#folder, path));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'));
  }

  /** Plants all of it and gives what the linter says to each, in the same order: a message, or `nothing`. */
  lint(plants: readonly Plant[]): string[] {
    const files = Map.groupBy(plants, ({ path }) => path);
    for (const [path, lines] of files) {
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      writeFileSync(join(this.#folder, path), lines.map(({ code }) => `${code}\n`).join(''));
    }
    const linter = join(ROOT, 'node_modules/oxlint/bin/oxlint');
    const { stdout, stderr } = spawnSync(process.execPath, [linter, '--format', 'json', ...files.keys()], {
      cwd: this.#folder,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    if (!stdout.startsWith('{')) throw new Error(`the linter did not run:\n${stdout}${stderr}`);
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
    const found = Map.groupBy(
      diagnostics.filter(({ code = '' }) => RULES.includes(code)),
      ({ filename, labels }) => `${filename}:${labels[0]?.span.line}`,
    );
    return plants.map((plant) => {
      const line = (files.get(plant.path) ?? []).indexOf(plant) + 1;
      const messages = (found.get(`${plant.path}:${line}`) ?? []).map(({ message }) => message);
      return messages.length === 0 ? 'nothing' : messages.join(' ');
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
