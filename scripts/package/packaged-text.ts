/** Links of a document that lead out of the chart. */
const OUTSIDE = /\[(?<label>[^\]]+)\]\(\.\.\/\.\.\/(?<path>[^)]+)\)/gu;

/**
 * A document of the chart as it stands in the package, beside LICENSE and `examples/` (which is `ci/` here): commands are those of whoever
 * has unpacked it, and links lead to what is there. What lies outside of the chart is a link below `repository`, where that is told,
 * else only named.
 */
export function packagedText(text: string, repository = ''): string {
  return text
    .replaceAll('](ci/', '](examples/')
    .replaceAll('](ci)', '](examples)')
    .replaceAll('[`ci/`]', '[`examples/`]')
    .replaceAll('charts/castai/ci/', 'castai/examples/')
    .replaceAll('charts/castai', 'castai')
    .replaceAll(OUTSIDE, (...match) => {
      const { label, path } = match.at(-1) as { label: string; path: string };
      if (repository === '') return `${label} (${path} of the source)`;
      return `[${label}](${repository.replace(/\/+$/u, '')}/${path})`;
    });
}
