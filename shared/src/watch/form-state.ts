/**
 * In which form a collection is read, as a pure machine: protobuf first, and JSON for good where that does not come through.
 *
 *     trusted ─refused, unreadable, broken twice, cut three times in a row─▶ givenUp
 *        └─ broken, cut: trusted, with one more of them
 *
 * There is no way back to another request: `givenUp` asks for JSON until the program starts anew, because what stands between us and the API server
 * does not change often, and JSON costs a little and nothing else. What comes after a failure at all, and when, is the watcher's to decide.
 */

/** Why protobuf is given up. */
export type FormRefusal =
  /** The answer was an error, or something else than asked for; the same in JSON was answered. */
  | 'refused'
  /** An object, or an event, made no sense. */
  | 'unreadable'
  /** Answers began well and made no sense later, or ended before their end. */
  | 'broken'
  /** The connection broke in the middle of a list, again and again. */
  | 'cut';

/** What came of asking for protobuf; `well`: an answer was read to its end. */
export type FormInput = 'well' | FormRefusal;

/** `broken`, `cut`: how often since an answer was last read to its end. */
export type FormState =
  | { readonly is: 'trusted'; readonly broken: number; readonly cut: number }
  | { readonly is: 'givenUp'; readonly why: FormRefusal };

/** Before anything was asked. */
export const TRUSTED: FormState = { is: 'trusted', broken: 0, cut: 0 };

/** Once is an accident. */
const MOST_BROKEN = 2;
/** Networks break in the middle of everything; that they do it each time and never get to an end is no accident. */
const MOST_CUT = 3;

const STEPS: Readonly<Record<FormInput, (state: FormState & { is: 'trusted' }) => FormState>> = {
  well: () => TRUSTED,
  refused: () => ({ is: 'givenUp', why: 'refused' }),
  unreadable: () => ({ is: 'givenUp', why: 'unreadable' }),
  broken: ({ broken, cut }) =>
    broken + 1 < MOST_BROKEN ? { is: 'trusted', broken: broken + 1, cut } : { is: 'givenUp', why: 'broken' },
  cut: ({ broken, cut }) =>
    cut + 1 < MOST_CUT ? { is: 'trusted', broken, cut: cut + 1 } : { is: 'givenUp', why: 'cut' },
};

/** What follows from an input. */
export function stepForm(state: FormState, input: FormInput): FormState {
  return state.is === 'givenUp' ? state : STEPS[input](state);
}
