import type { SurveyQuestion } from './supervisor.ts';

/** What to do about a question that the API server refuses, where anything is to be done; by the question. */
export const REFUSAL_CURES: Record<Exclude<SurveyQuestion, 'cluster'>, string> = {
  discovery: 'bind the ClusterRole system:discovery to the service account',
  reviews: 'nothing, if the lists are allowed; the ClusterRole system:basic-user lets the service account ask',
};
