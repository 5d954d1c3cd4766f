/** The figures of the images (`npm run bench -- images`): what they weigh, how soon they serve, and what they hold while idle. */
import { builtImages } from '../../../images/built-images.ts';
import { SHIPPED_PROGRAMS, type ShippedProgram } from '../../../scripts/programs.ts';
import { buildImages } from '../../stages/images/build-images.ts';
import { imageFiles } from '../../stages/images/image-files.ts';
import { UnpackedImage } from '../../stages/images/unpacked-image.ts';
import { atMost, type Figure, shown } from '../figure.ts';
import { idleFigures } from './idle-figures.ts';
import { startFigures } from './start-figures.ts';

const MIB = 1024 * 1024;

/** Measures everything. `report` hears what is being done. */
export async function imageFigures(report: (line: string) => void = () => undefined): Promise<Figure[]> {
  report('images: building');
  await buildImages();
  const figures: Figure[] = [];
  for (const program of SHIPPED_PROGRAMS) {
    using image = new UnpackedImage(program);
    figures.push(...sizeFigures(program, image));
    report(`images: starts of ${program.name}`);
    figures.push(...(await startFigures(program, image)));
    report(`images: ${program.name} idle`);
    figures.push(...(await idleFigures(program, image)));
  }
  return figures;
}

function sizeFigures({ name }: ShippedProgram, { rootfs }: UnpackedImage): Figure[] {
  const { layers } = builtImages().manifest(name);
  const files = imageFiles(rootfs).filter(({ stats }) => stats.isFile());
  const sizeOf = (isWanted: (path: string) => boolean): number =>
    files.reduce((sum, { path, stats }) => (isWanted(path) ? sum + stats.size : sum), 0);
  const [base = 0, ...own] = layers.map(({ size }) => size);
  const ownBytes = own.reduce((sum, size) => sum + size, 0);
  const bundleBytes = sizeOf((path) => path.endsWith('.mjs'));
  const cacheBytes = sizeOf((path) => path.startsWith('/app/compile-cache/'));
  const row = (what: string, bytes: number) => ({ figure: `${name}: ${what}`, value: bytes / MIB, unit: 'MiB' });
  return [
    atMost(2, { figure: `${name}: bundle`, value: bundleBytes / 1e6, unit: 'MB' }),
    shown(row('compile cache', cacheBytes)),
    shown(row('image, unpacked', sizeOf(Boolean))),
    shown(row('image, compressed', base + ownBytes)),
    shown(row('of it not shared with the others', ownBytes)),
  ];
}
