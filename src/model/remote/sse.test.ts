import { expect, test } from "vitest";
import { serverEvents } from "./sse.ts";

const text = "data: ä\r\n\r\n: note\rdata: two\r\rerror: no\n\ndata:  three\n\ndata: [DONE]";
const bytes = new TextEncoder().encode(text);

test.each([1, 2, 3, 7, 1000])("events of chunks of %d bytes, whatever ends their lines", async (size) => {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const events: string[] = [];
  for await (const { field, value } of serverEvents(chunks())) events.push(`${field}=${value}`);
  expect(events).toEqual(["data=ä", "data=two", "error=no", "data= three", "data=[DONE]"]);
});
