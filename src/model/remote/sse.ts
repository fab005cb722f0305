/** Parses server-sent events (WHATWG HTML section 9.2) from a byte stream with arbitrary chunk boundaries. */
import { PolyclinicError } from "../../base/errors.ts";

/** Far above the size of any valid chat event. */
const maxEventChars = 1 << 24;

export interface ServerEvent {
  /** `data` unless the line has another field name; llama.cpp reports failures in a field `error`. */
  readonly field: string;
  readonly value: string;
}

/** Yields one `data` or `error` field at a time; comments, ids and empty lines are skipped. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let pending = "";
  let returned = false;
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    pending += text;
    // Only new text is searched: a long line would otherwise be searched again with every chunk.
    const whole = returned || /[\r\n]/.test(text);
    returned = text === "" ? returned : text.endsWith("\r");
    if (!whole) {
      requireLine(pending);
      continue;
    }
    // A lone `\r` at the end may be half of `\r\n`: it waits for the next chunk.
    const lines = pending.split(/\r\n|\n|\r(?!$)/);
    pending = lines.pop() ?? "";
    requireLine(pending);
    for (const line of lines) {
      const event = eventOf(line);
      if (event !== undefined) yield event;
    }
  }
  // A line that never ended is not an event; only the end mark itself is recognised without its line break.
  if ((pending + decoder.decode()).trim() === "data: [DONE]") yield { field: "data", value: "[DONE]" };
}

function requireLine({ length }: string): void {
  if (length > maxEventChars)
    throw new PolyclinicError("remote/protocol", "the server sent a line of unlimited length", {
      found: `${length} characters`,
    });
}

function eventOf(line: string): ServerEvent | undefined {
  const match = /^(data|error): ?(.*)$/.exec(line);
  return match === null ? undefined : { field: match[1], value: match[2] };
}
