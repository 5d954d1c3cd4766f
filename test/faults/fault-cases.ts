/** Something that goes wrong in the world, under a name that tests, issues and commits quote. */
export interface FaultCase {
  /** `C1` to `C75`. A number is never given to another fault. */
  readonly id: string;
  /** Where it goes wrong. */
  readonly place: string;
  readonly fault: string;
}

/** The faults of one place. */
function at(place: string, faults: Readonly<Record<string, string>>): FaultCase[] {
  return Object.entries(faults).map(([id, fault]) => ({ id, place, fault }));
}

/** All that the agent, its delivery and its stores have to survive: each is proven by a test, see `fault-matrix.test.ts`. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...at('a watch', {
    C1: 'a clean end in the middle of silence',
    C2: 'the end right after the headers, three times',
    C3: 'RST in the middle of a frame',
    C4: 'half a frame, then silence',
    C5: 'the server is frozen (SIGSTOP)',
    C6: 'a black hole',
    C7: '410 in the stream',
    C8: '410 as the HTTP status',
    C9: 'a position that is too old: 200 and an empty stream',
    C10: 'a position of the future: silence',
    C11: 'history is rewound (a restored backup), with changed objects',
    C12: 'ERROR 500, 504, 429 in the stream',
    C13: 'an ERROR that is no Status',
    C14: 'an event of an unknown type',
    C15: 'corrupted protobuf: bad beginning, length 0, length 2^31, truncated varint',
    C16: 'a line of JSON of 20 MB',
    C17: 'bookmarks never come',
    C18: 'a bookmark of the past',
    C19: 'an event twice',
    C20: 'an event older than the position',
    C21: 'DELETED of an unknown uid',
    C22: 'deleted and made anew under its name within one gap',
    C23: 'an object of more than 1 MB',
    C24: 'the server ends a watch that is not read, while the agent is stopped',
    C25: 'a GOAWAY storm: connections are ended again and again',
    C26: 'single bytes at long intervals',
    C27: 'gzip, of several members or cut off',
  }),
  ...at('a list', {
    C28: '410 on a later page',
    C29: '410 with a token to go on at another version',
    C30: 'a page without a resourceVersion',
    C31: 'a list older than before',
    C32: '429 with Retry-After as a date, in seconds, absurd',
    C33: 'an empty page that names a next one',
    C34: 'the limit is ignored: everything at once',
    C35: 'an object is deleted between two pages',
    C36: 'a list takes ten minutes',
  }),
  ...at('a streaming list', {
    C37: 'streaming lists are off (422)',
    C38: 'accepted, but the marker never comes',
    C39: 'the connection ends before the marker',
    C40: 'the marker, then 410',
    C41: '200 with JSON although protobuf was asked for',
  }),
  ...at('the control plane', {
    C42: 'a rolling restart of API servers under churn',
    C43: 'a restart of the only API server',
    C44: 'the address behind a name changes',
    C45: 'the certificate or its CA is replaced',
    C46: 'the token is replaced, expired, missing, empty',
    C47: 'a right is taken away and given back',
    C48: 'a definition is deleted, made anew, served in another version',
    C49: 'an aggregated API is down, discovery is stale',
    C50: 'the wall clock jumps an hour to and fro',
  }),
  ...at('the agent', {
    C51: 'SIGKILL at any stage',
    C52: 'out of memory',
    C53: 'the event loop stands still for 30 s',
    C54: 'SIGTERM with a full buffer and little grace',
    C55: 'two agents at once: a lease stolen, a frozen leader',
    C56: 'the lease is deleted',
    C57: 'CPU is throttled to a twentieth',
  }),
  ...at('the platform', {
    C58: 'connect timeout, TLS failure, 407 of a proxy',
    C59: 'accepted, and the answer is lost',
    C60: 'the answer is lost after processing',
    C61: '5xx for an hour',
    C62: '429 or 503 with Retry-After',
    C63: '413',
    C64: '400 for one object',
    C65: '401 or 403: the key is revoked',
    C66: 'a line of 1 KB/s',
    C67: 'acks out of order, twice, for what was never sent',
    C68: 'the platform loses its last batches (a restore)',
    C69: 'a resync is asked for during a resync',
    C70: 'a fail-over to a replica that is behind',
    C71: 'unknown directives and fields',
    C72: 'a compression is refused (415)',
    C73: 'a redirect',
    C74: 'a load balancer closes idle connections',
    C75: 'nothing is taken for ten minutes under churn',
  }),
];
