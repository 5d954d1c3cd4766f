import type { FullReport } from '../report/report.ts';

/** Sets gauges to what a report says; undefined: there is none. */
export type Show = (report: FullReport | undefined) => void;
