/** A node image of AKS. */
export interface ImageVersion {
  /** `AKSUbuntu-2204gen2containerd`. */
  readonly family: string;
  /** Its numbers, compared one after another. */
  readonly parts: readonly number[];
  /** When it was made, to the day, with the patches in it; undefined where its name does not tell. */
  readonly builtAtMs: number | undefined;
}

/**
 * Reads the label `kubernetes.azure.com/node-image-version`: `AKSUbuntu-2204gen2containerd-202410.27.0`, the older
 * `…-2022.12.15`, either with a suffix of a live patch, `-2024.11.20`, and Windows' `AKSWindows-2022-containerd-20348.2402.240304`.
 * Undefined for every other text, which is never taken for old.
 */
export function parseImageVersion(text: string): ImageVersion | undefined {
  const match =
    /^(?<family>[A-Za-z][\w.]*(?:-[A-Za-z0-9]+)*?)-(?<version>\d+\.\d+\.\d+)(?:-(?<patch>\d{4}\.\d{2}\.\d{2}))?$/u.exec(
      text,
    );
  const { family, version, patch } = match?.groups ?? {};
  if (family === undefined || version === undefined) return undefined;
  const numbers = version.split('.').map(Number);
  const suffix = patch === undefined ? [] : patch.split('.').map(Number);
  return {
    family,
    parts: [...numbers, ...suffix],
    builtAtMs: (patch === undefined ? undefined : builtAt(patch)) ?? builtAt(version),
  };
}

/** Segment by segment; of two that are equal so far the longer one is newer. (Karpenter for Azure, read in source) */
export function compareImages(a: ImageVersion, b: ImageVersion): number {
  for (const [index, part] of a.parts.entries()) {
    const other = b.parts[index];
    if (other === undefined) return 1;
    if (part !== other) return part - other;
  }
  return a.parts.length - b.parts.length;
}

function builtAt(version: string): number | undefined {
  const [first = '', second = '', third = ''] = version.split('.');
  // 202410.27.0 is the 27th of October; 2022.12.15 the 15th of December; Windows ends in the day, 240304.
  if (/^\d{6}$/u.test(first)) return dayOf(first.slice(0, 4), first.slice(4), second);
  if (/^\d{4}$/u.test(first)) return dayOf(first, second, third);
  if (/^\d{5}$/u.test(first) && /^\d{6}$/u.test(third))
    return dayOf(`20${third.slice(0, 2)}`, third.slice(2, 4), third.slice(4));
  return undefined;
}

function dayOf(year: string, month: string, day: string): number | undefined {
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(at);
  const isDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isDay && Number(year) >= 2000 && Number(year) < 2100 ? at : undefined;
}
