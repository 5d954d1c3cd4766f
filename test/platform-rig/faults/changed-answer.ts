/** Answers of a platform that is wrong, or of another age than the agent. */
import type { Answer } from '@castai/platform/answer/answer.ts';
import type { Ack, Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import {
  decodeAck,
  decodeOpenResponse,
  encodeAck,
  encodeOpenResponse,
} from '@castai/shared/wire/ingest/ingest-wire.ts';
import type { WrongWanted } from './fault-rules.ts';
import type { Action, FaultsMet } from './faults-met.ts';

/** Field 1000 of a message, a string: what a later version may add. */
const UNKNOWN_FIELD = Uint8Array.from([0xc2, 0x3e, 0x03, 0x6e, 0x65, 0x77]);

/** The answer to an open of a platform that is older than offers. */
export function changedOpen(answer: Answer, faults: FaultsMet): Answer {
  if (faults.first('noOffers') === undefined) return answer;
  const { offers: _offers, ...older } = decodeOpenResponse(Buffer.from(answer.body));
  return { ...answer, body: encodeOpenResponse(older) };
}

/** The ack of a platform that is wrong, or newer than the agent. `entries` reads those of the batch. */
export async function changedAck(
  answer: Answer,
  faults: FaultsMet,
  entries: () => Promise<readonly Entry[]>,
): Promise<Answer> {
  const wrong = faults.all('wrongAck');
  const wanted = faults.first('wrongWanted')?.wanted;
  const isNewer = faults.first('newerPlatform') !== undefined;
  if (wrong.length === 0 && !isNewer && wanted === undefined) return answer;
  const told = wrong.reduce(wrongAck, decodeAck(Buffer.from(answer.body)));
  const ack = wanted === undefined ? told : { ...told, wanted: wrongWanted(await entries(), wanted) };
  if (!isNewer) return { ...answer, body: encodeAck(ack) };
  const directives = [...ack.directives, { id: 'a-directive-of-a-later-version' }];
  return { ...answer, body: Buffer.concat([encodeAck({ ...ack, directives }), UNKNOWN_FIELD]) };
}

function wrongWanted(entries: readonly Entry[], wanted: WrongWanted): number[] {
  const places = (isOffer: boolean): number[] =>
    entries.flatMap(({ type }, place) => ((type === 'offer') === isOffer ? [place] : []));
  if (wanted === 'none') return [];
  if (wanted === 'all') return places(true);
  const others = places(false);
  return [...others, ...others.slice(0, 1), entries.length];
}

function wrongAck(ack: Ack, action: Action<'wrongAck'>): Ack {
  return {
    ...ack,
    epoch: ack.epoch + (action.epoch ?? 0),
    receivedSeq: ack.receivedSeq + (action.seq ?? 0),
    processedSeq: ack.processedSeq + (action.seq ?? 0),
    entryCount: ack.entryCount + (action.entryCount ?? 0),
  };
}
