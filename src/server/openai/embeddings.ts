/** `/v1/embeddings`: texts, and images as data URIs, as L2-normalised vectors in one space. */
import type { Context } from "hono";
import { z } from "zod";
import { readPhoto } from "../../imaging/photo/index.ts";
import type { Content } from "../../model/contract.ts";
import { squareViewImage } from "../../study/views/index.ts";
import type { Engines } from "../engines/engines.ts";
import { bytesOf, isDataUri } from "./messages.ts";
import { parsedBy } from "./request.ts";

const embeddingRequest = z.strictObject({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  user: z.string().optional(),
});

export async function embeddings(context: Context, engines: Engines): Promise<Response> {
  const { model, input, encoding_format } = parsedBy(embeddingRequest, await context.req.json().catch(() => undefined));
  const { signal } = context.req.raw;
  const inputs = typeof input === "string" ? [input] : input;
  const rows = await engines.embed(model, signal, async (embedder) => {
    const contents: Content[] = [];
    for (const [i, one] of inputs.entries())
      contents.push(
        isDataUri(one)
          ? {
              type: "image",
              image: squareViewImage(await readPhoto(bytesOf(one, `input.${i}`)), embedder.limits.imageSize, 0).image,
            }
          : { type: "text", text: one },
      );
    return embedder.embed(contents, { signal });
  });
  return context.json({
    object: "list",
    model,
    data: rows.map((row, index) => ({
      object: "embedding",
      index,
      embedding:
        encoding_format === "base64"
          ? Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString("base64")
          : [...row],
    })),
    // The towers read a fixed number of tokens, so usage is not counted.
    usage: { prompt_tokens: 0, total_tokens: 0 },
  });
}
