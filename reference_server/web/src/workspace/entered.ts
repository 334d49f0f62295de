// What agents enter: session IDs, and addresses.

/** The digits of a session ID; spaces and hyphens between them are passed over (JOIN-7). */
export function sessionId(text: string): string | undefined {
  const digits = text.replace(/[\s\u2010-\u2015-]/g, "");
  return /^\d{9}$/.test(digits) ? digits : undefined;
}

/** The address that is meant: of the site where it names none.  What it is, the server judges. */
export function address(text: string, page: string): string {
  const entered = text.trim();
  if (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(entered) ||
    /^(?:javascript|data|file|blob|view-source|about):/i.test(entered)
  ) {
    return entered;
  }
  const isHost = /^(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d+)?(?:[/?#]|$)|^[a-z0-9-]+:\d+(?:[/?#]|$)/i.test(entered);
  try {
    const base = new URL(page);
    return isHost ? `${base.protocol}//${entered}` : new URL(entered, base).href;
  } catch {
    return entered;
  }
}
