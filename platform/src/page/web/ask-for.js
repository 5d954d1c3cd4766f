/** Asks the platform to do something. Its answer; throws in its words when it does not. */
export async function askFor(path, method = 'POST') {
  return answerOf(await fetch(path, { method }));
}

/** The same with something for it to take. */
export async function sendTo(path, method, document) {
  const headers = { 'content-type': 'application/json' };
  return answerOf(await fetch(path, { method, headers, body: JSON.stringify(document) }));
}

async function answerOf(response) {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message ?? `the platform answered ${response.status}`);
  return answer;
}
