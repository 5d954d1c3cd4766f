import { join } from 'node:path';

/** Absolute path of the chart. */
export const CHART = join(import.meta.dirname, '../../charts/castai');
/** Folder of the values of supported shapes. */
export const CI_FOLDER = join(CHART, 'ci');
