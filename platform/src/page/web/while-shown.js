/** Does `work` every so many milliseconds while `root` is in the page. What fails is tried again the next time: the header says why. */
export function whileShown(root, everyMs, work) {
  const timer = setInterval(() => (root.isConnected ? work().catch(() => undefined) : clearInterval(timer)), everyMs);
}
