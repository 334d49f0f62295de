// The company's chat or call, as far as its site offers one to the customer's script (`data-cobrowse-chat`): opened,
// written in and listened to over the company's own endpoint.  The co-browse server has no part in it.  All that comes
// is checked, and shown as text.

import type { KeptChat } from "./memory";

export interface Line {
  readonly author: string;
  readonly text: string;
}

export interface ChatEvents {
  line(line: Line): void;
  /** The chat or call is over. */
  ended(): void;
}

/** The longest line that is shown, in characters. */
const MAX_LINE = 4_000;

export class ChatFailed extends Error {}

export class Chat {
  readonly #url: string;
  readonly kept: KeptChat;
  #source: EventSource | undefined;

  private constructor(url: string, kept: KeptChat) {
    this.#url = url;
    this.kept = kept;
  }

  /** Open one; throws `ChatFailed` where the site says no. */
  static async open(url: string, kind: "chat" | "call"): Promise<Chat> {
    const answer = await post(url, { kind });
    const made = (await answer.json().catch(() => undefined)) as Partial<Record<string, unknown>> | undefined;
    const { interaction, customer_token: customerToken, agent } = made ?? {};
    if (typeof interaction !== "string" || typeof customerToken !== "string") throw new ChatFailed();
    return new Chat(url, { interaction, customerToken, agent: typeof agent === "string" ? agent : "", kind });
  }

  /** The one that the page before had open. */
  static again(url: string, kept: KeptChat): Chat {
    return new Chat(url, kept);
  }

  /** Hear what is said; the site tells all that has been said before first. */
  listen(events: ChatEvents): void {
    if (this.#source !== undefined) return;
    const source = new EventSource(this.#part("events"));
    this.#source = source;
    source.onmessage = (message: MessageEvent<string>) => {
      const found = read(message.data);
      if (found === "ended") {
        this.close();
        events.ended();
      } else if (found !== undefined) events.line(found);
    };
  }

  async say(text: string): Promise<void> {
    await post(this.#part("messages"), { text });
  }

  /** The company's system posts the start message in the chat (START-3). */
  async started(sessionId: string): Promise<void> {
    await post(this.#part("started"), { session_id: sessionId });
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #part(name: string): string {
    return `${this.#url}/${encodeURIComponent(this.kept.interaction)}/${name}`;
  }
}

async function post(url: string, body: object): Promise<Response> {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (answer?.ok !== true) throw new ChatFailed();
  return answer;
}

function read(text: string): Line | "ended" | undefined {
  try {
    const given = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    if (given?.ended === true) return "ended";
    if (typeof given?.author !== "string" || typeof given.text !== "string") return undefined;
    return { author: given.author.slice(0, MAX_LINE), text: given.text.slice(0, MAX_LINE) };
  } catch {
    return undefined;
  }
}
