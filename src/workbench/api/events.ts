/** Server-sent events from a POST, which `EventSource` cannot make. */
import { type Call, respond } from "./client.ts";

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** @throws ApiError before the first event; a broken connection ends the iteration with an error. */
export async function* events(path: string, options: Call): AsyncGenerator<ServerEvent> {
  const response = await respond(path, {
    method: "POST",
    ...options,
    headers: { accept: "text/event-stream", ...options.headers },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      for (let end = rest.search(/\r?\n\r?\n/); end >= 0; end = rest.search(/\r?\n\r?\n/)) {
        const block = rest.slice(0, end);
        rest = rest.slice(end).replace(/^\r?\n\r?\n/, "");
        const event = parse(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block: string): ServerEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
