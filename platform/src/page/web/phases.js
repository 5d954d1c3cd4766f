/** How a pod's phase is meant, in the order in which they are shown. */
export const PHASES = { Running: 'good', Pending: 'warn', Failed: 'bad', Succeeded: 'busy', Unknown: '' };
