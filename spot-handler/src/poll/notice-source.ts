import type { MachineIdentity, Sighting, SourceName } from './notice.ts';

/** One part of a metadata service, asked on its own. */
export interface NoticeSource {
  readonly name: SourceName;
  /** The longest that a look may take when all is well, in milliseconds: a hanging GET is no silence. */
  readonly lookMs: number;
  /** Looks once. Throws only the signal's reason. */
  look(signal: AbortSignal): Promise<Sighting>;
}

/** A source, and how often it is looked at. */
export interface PolledSource {
  readonly source: NoticeSource;
  /** From the begin of one look to the begin of the next, in milliseconds. */
  readonly periodMs: number;
  /** The first look waits this long, so that those at several sources do not fall together. */
  readonly delayMs: number;
  /** After a good look the next begins at once: it waits by itself until something changes. Default false. */
  readonly isEager?: boolean;
}

/** A cloud's metadata service. */
export interface MetadataService {
  /** What to ask, and how often. Every entry is a loop of its own, so that one that hangs keeps no other waiting. */
  readonly polled: readonly PolledSource[];
  /**
   * Who this machine is, as far as the service said so just now; undefined when it said nothing. The caller asks again as long as a part
   * is missing. Throws only the signal's reason.
   */
  identify(signal: AbortSignal): Promise<MachineIdentity | undefined>;
  /** Whether this service is the one that answers here. */
  detect(signal: AbortSignal): Promise<boolean>;
  /** Tells the provider that it need not wait for an event; only Azure has this. Whether it was taken. */
  acknowledge?(givenId: string, signal: AbortSignal): Promise<boolean>;
}
