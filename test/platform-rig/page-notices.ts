/** What spot handlers and AKS init data told last, in the words of the platform's page, newest first: the first message of its stream. */
export async function pageNotices(url: string, cluster: string): Promise<string[]> {
  const stop = new AbortController();
  try {
    const { body } = await fetch(new URL(`/_page/stream?cluster=${cluster}`, url), { signal: stop.signal });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('\n\n')) break;
    }
    const [message = ''] = text.split('\n\n');
    const { change } = JSON.parse(message.replace(/^data: /u, '')) as { change: { notices: Notices } };
    const rows = 'set' in change.notices ? change.notices.set : change.notices;
    return rows.map((row) => row.text);
  } finally {
    stop.abort();
  }
}

/** A list without rows goes out as it is, see `page-diff.ts`. */
type Notices = readonly { text: string }[] | { readonly set: readonly { text: string }[] };
