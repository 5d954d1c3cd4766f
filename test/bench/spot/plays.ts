import type { ImdsOf } from '../../stages/spot-handler/staged-imds.ts';

/** How to bring a notice about and take it back, and where it is read. */
export interface Play<Cloud extends keyof ImdsOf> {
  readonly path: string;
  /** From one look to the next, in milliseconds; 0 for a look that waits by itself. */
  readonly periodMs: number;
  readonly begin: (imds: ImdsOf[Cloud]) => void;
  readonly end: (imds: ImdsOf[Cloud]) => void;
}

/** The short notice of each cloud. */
export const PLAYS: { readonly [Cloud in keyof ImdsOf]: Play<Cloud> } = {
  azure: {
    path: '/metadata/scheduledevents',
    periodMs: 1000,
    begin: (imds) => void imds.schedule(),
    end: (imds) => imds.replace([]),
  },
  aws: {
    path: '/latest/meta-data/spot/instance-action',
    periodMs: 1060,
    begin: (imds) => imds.interrupt(),
    end: (imds) => imds.withdraw(),
  },
  gcp: {
    path: '/computeMetadata/v1/instance/preempted',
    periodMs: 0,
    begin: (imds) => imds.set('instance/preempted', 'TRUE'),
    end: (imds) => imds.set('instance/preempted', 'FALSE'),
  },
};
