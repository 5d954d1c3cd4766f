import type { FormRefusal } from './form-state.ts';

/** A collection that is read as JSON from now on. */
export interface FormGivenUp {
  /** Its path: `/api/v1/pods`. */
  readonly path: string;
  readonly why: FormRefusal;
}

/** What happened, for a line of the log. */
export const FORM_GIVEN_UP = 'protobuf does not come through: these objects are read as JSON from now on';

/** Why, for people. */
export const FORM_REFUSALS: Readonly<Record<FormRefusal, string>> = {
  refused: 'the API server, or what stands before it, does not answer when asked for protobuf, and does for JSON',
  unreadable: 'an object that came in protobuf made no sense',
  broken: 'lists or watches in protobuf broke off, or made no sense, twice in a row',
  cut: 'the connection broke in the middle of a list in protobuf three times in a row',
};
