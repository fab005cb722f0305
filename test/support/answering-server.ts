/** A server in vLLM's dialect that answers by a rule, so that the tests of a model's contract run over HTTP too. */
import type { ServerResponse } from "node:http";
import { type ChatBody, type ChatServer, chatServer } from "./chat-server.ts";

const words = (text: string): string[] => text.match(/\s*\S+|\s+$/g) ?? [];

/** What the client's own estimate counts. */
function promptTokens(messages: ChatBody): number {
  let tokens = 0;
  for (const { content } of messages) {
    tokens += 5;
    const parts = typeof content === "string" ? [{ type: "text", text: content }] : content;
    for (const part of parts) tokens += part.type === "text" ? Math.ceil(part.text.length / 4) : 260;
  }
  return tokens;
}

function replyOf({ temperature = 0, seed = 0 }: ChatBody, choice: number): string[] {
  const turned = temperature > 0 ? (seed + choice) % 3 : 0;
  const start = words("No consolidation is seen here .");
  return [...start.slice(turned), ...Array.from({ length: 400 }, (_, i) => ` more${i}`)];
}

/** @param contextTokens the server refuses longer prompts, as vLLM does. */
export function answeringServer(contextTokens: number): Promise<ChatServer> {
  const answer = async (response: ServerResponse, body: ChatBody) => {
    const prompt = promptTokens(body.messages);
    if (prompt >= contextTokens) {
      response.writeHead(400, { "content-type": "application/json" });
      const message = `This model's maximum context length is ${contextTokens} tokens. However, your request has ${prompt} input tokens.`;
      return void response.end(JSON.stringify({ error: { message, type: "BadRequestError", code: 400 } }));
    }
    if (body.prompt_logprobs !== undefined) {
      const ids = tokenise(body).tokens;
      const prompt_logprobs = [null, ...ids.slice(1).map((id) => ({ [id]: { logprob: -1 - (id % 7) } }))];
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ choices: [], prompt_logprobs }));
    }
    const limit = Math.min(body.max_tokens ?? 400, contextTokens - prompt);
    const choices = Array.from({ length: body.n ?? 1 }, (_, i) => replyOf(body, i).slice(0, limit));
    const usage = (completion_tokens: number) => ({ prompt_tokens: prompt, completion_tokens });
    if (!body.stream) {
      response.writeHead(200, { "content-type": "application/json" });
      const total = choices.reduce((sum, { length }) => sum + length, 0);
      return void response.end(
        JSON.stringify({
          choices: choices.map((pieces, index) => ({
            index,
            message: { role: "assistant", content: pieces.join("") },
            finish_reason: "length",
          })),
          usage: usage(total),
        }),
      );
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (value: unknown) => response.write(`data: ${JSON.stringify(value)}\n\n`);
    for (const [i, content] of choices[0].entries()) {
      if (response.destroyed) return;
      const finish_reason = i === choices[0].length - 1 ? "length" : null;
      send({ choices: [{ index: 0, delta: { content }, finish_reason }] });
      // One piece a millisecond, so that a client can stop in the middle.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    send({ choices: [], usage: usage(choices[0].length) });
    response.end("data: [DONE]\n\n");
  };
  return chatServer("vllm", answer, { "/tokenize": tokenise });
}

/** One token a character: enough to tell a continuation from its prompt. */
function tokenise({ messages }: ChatBody): { tokens: number[] } {
  const text = (messages as ChatBody[])
    .map(({ content }) =>
      typeof content === "string" ? content : content.map((part: ChatBody) => part.text ?? "\u0001").join(""),
    )
    .join("");
  return { tokens: [...text].map((char) => char.codePointAt(0)!) };
}
