import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAMS } from '../../scripts/programs.ts';

const DOCKERFILE = join(import.meta.dirname, '../../images/Dockerfile');

/** Instructions of each stage by its name, those of the stages that it is made from first. */
function stages(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of readFileSync(DOCKERFILE, 'utf8').split('\n')) {
    const [, base = '', name = ''] = /^FROM (?:--\S+ )?(\S+) AS (\S+)$/u.exec(line) ?? [];
    if (name !== '') found.set(name, (current = found.has(base) ? [...(found.get(base) ?? [])] : [line]));
    else if (line !== '' && !line.startsWith('#')) current.push(line);
  }
  return found;
}

test.each(PROGRAMS)(
  'the image of $name starts as the list of programs says',
  ({ name, uid, environment, imageNodeFlags }) => {
    const lines = stages().get(name) ?? [];
    const last = (instruction: string): string | undefined =>
      lines.findLast((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1);
    expect(lines[0]).toMatch(/^FROM \$\{RUNTIME\} /u);
    expect(JSON.parse(last('ENTRYPOINT') ?? '')).toEqual(['/nodejs/bin/node', ...imageNodeFlags, '/app/main.mjs']);
    expect(last('CMD')).toBeUndefined();
    expect(last('USER')).toBe(`${uid}:${uid}`);
    const env = lines.flatMap((line) => /^ENV (\w+)="(.*)"$/u.exec(line)?.slice(1, 3).join('=') ?? []);
    const expected = { ...environment, NODE_COMPILE_CACHE: '/app/compile-cache' };
    expect(env).toEqual(Object.entries(expected).map(([key, value]) => `${key}=${value}`));
    // Whatever is copied in at the end belongs to root.
    expect(last('COPY')).toBe(`--from=${name}-warm --chown=0:0 /app /app`);
  },
);

test('nothing needs a shell in the image, and bases are distroless and never "latest"', () => {
  const text = readFileSync(DOCKERFILE, 'utf8');
  expect(text).toMatch(/^ARG RUNTIME=gcr\.io\/distroless\/nodejs24-debian12:nonroot$/mu);
  expect(text).not.toMatch(/:latest/u);
  const own = [...stages()].filter(([name]) => name !== 'bundle').flatMap(([, lines]) => lines);
  for (const line of own.filter((one) => one.startsWith('RUN ')))
    expect(line).toMatch(/^RUN \["\/nodejs\/bin\/node",/u);
});
