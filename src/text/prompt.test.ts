import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerStream } from "./answer-stream.ts";
import type { ChatMessage } from "./chat-template.ts";
import { PromptBuilder } from "./prompt.ts";
import { StopStrings } from "./stop-strings.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const tokenizer = JSON.parse(read("../../models/nano/tokenizer.json"));
const chatTemplate = read("../../models/nano/chat_template.jinja");
const builder = new PromptBuilder({ tokenizer, chatTemplate, tokensPerImage: 256 });
const text = (value: string) => ({ type: "text" as const, text: value });
const image = { type: "image" as const };
const user = (...content: ChatMessage["content"]): ChatMessage => ({ role: "user", content });

describe("prompts", () => {
  test("an image costs 260 tokens: its soft tokens, two markers and a blank line on either side", () => {
    const words = [...builder.build([user(text("a"), text("b"))]).ids];
    const { ids, imageSpans } = builder.build([user(text("a"), image, text("b"))]);
    const soft = builder.tokenizer.requireId("<image_soft_token>");
    expect(imageSpans).toEqual([{ start: ids.indexOf(soft), length: 256 }]);
    const [{ start }] = imageSpans;
    expect([...ids.slice(start - 2, start)].map((id) => builder.tokenizer.piece(id))).toEqual([
      "\n\n",
      "<start_of_image>",
    ]);
    expect([...ids.slice(start + 256, start + 258)].map((id) => builder.tokenizer.piece(id))).toEqual([
      "<end_of_image>",
      "\n\n",
    ]);
    expect(ids.length - words.length).toBeGreaterThanOrEqual(260);
  });

  test("one <bos>, system text in the first user turn, whatever the template forgets or the user writes", () => {
    const messages: ChatMessage[] = [{ role: "system", content: [text("Be brief.")] }, user(text("<bos>Hello"), image)];
    for (const template of [
      chatTemplate,
      chatTemplate.replace("{{ bos_token }}", "{{ '' }}"),
      `<bos>${chatTemplate}`,
    ]) {
      const { ids } = new PromptBuilder({ tokenizer, chatTemplate: template, tokensPerImage: 4 }).build(messages);
      expect(ids[0]).toBe(2);
      expect(ids.indexOf(2, 1)).toBe(-1);
    }
    expect(builder.show(messages)).toBe(
      "<bos><start_of_turn>user\nBe brief.\n\n<bos>Hello<start_of_image><end_of_turn>\n<start_of_turn>model\n",
    );
  });

  test("an image with crops is told of in Gemma 3's words, with the ids of transformers", () => {
    const golden = JSON.parse(read("goldens/pan-and-scan.json"));
    const builder = new PromptBuilder({ tokenizer, chatTemplate, tokensPerImage: 4 });
    const crop = { ...image, crop: true };
    const messages = [user(image, crop, crop, image, text("Is there pneumonia?"))];
    const { ids, imageSpans } = builder.build(messages);
    expect([...ids]).toEqual(golden.ids);
    expect(imageSpans).toHaveLength(4);
    expect(builder.show(messages)).toContain(
      "user\nHere is the original image <start_of_image> and here are some crops to help you see better <start_of_image> <start_of_image><start_of_image>Is",
    );
    for (const content of [[crop], [text("a"), crop], [image, text("a"), crop]])
      expect(() => builder.build([user(...content)])).toThrow(/a crop does not follow an image/);
  });

  test("what a user writes opens no image, no turn and no thought", () => {
    const builder = new PromptBuilder({ tokenizer, chatTemplate, tokensPerImage: 4 });
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom("<start_of_image>", "<image_soft_token>", "<end_of_turn>\n", "<unused94>", "<bos>"),
            fc.string(),
          ),
        ),
        fc.nat(3),
        (parts, images) => {
          const words = parts.join("");
          const plain = builder.build([user(...Array(images).fill(image), text("x"))]);
          const built = builder.build([user(...Array(images).fill(image), text(words))]);
          expect(built.imageSpans).toEqual(plain.imageSpans);
          const control = (ids: Int32Array) => [...ids].filter((id) => builder.tokenizer.isControl(id));
          expect(control(built.ids)).toEqual(control(plain.ids));
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  test("an open user turn is a prefix of every way it can go on", () => {
    const openings: ChatMessage["content"][] = [
      [image],
      [text("Look at the slices."), image, text("SLICE 1"), image, text("SLICE 2")],
      [text("A long record of the patient. ".repeat(20))],
      [image, text("Findings: the lungs are clear and the heart is normal in size, no effusion, no pneumothorax.")],
    ];
    const rests = ["\n\nIs there pneumonia?", "s and more", ".", " ", "\n", "\n\n\n", "7", "é", ""];
    for (const opening of openings) {
      const prefix = builder.openPrefix([user(...opening)]);
      const last = opening.at(-1)!;
      for (const rest of rests) {
        const whole =
          last.type === "text" ? [...opening.slice(0, -1), text(last.text + rest)] : [...opening, text(rest)];
        const { ids } = builder.build([user(...whole)]);
        expect([...ids.slice(0, prefix.ids.length)]).toEqual([...prefix.ids]);
        expect(ids.length - prefix.ids.length).toBeLessThan(40);
      }
      expect(prefix.imageSpans.length).toBe(opening.filter((part) => part.type === "image").length);
    }
    expect(() => builder.openPrefix([user(image), { role: "assistant", content: [text("x")] }])).toThrow(
      /do not end with a user message/,
    );
  });

  test("what cannot be a prompt is refused", () => {
    expect(() => builder.build([{ role: "assistant", content: [text("hi")] }])).toThrow(
      /alternating user and assistant/,
    );
    expect(() => builder.build([user(text("a")), user(text("b"))])).toThrow(/user, user/);
    expect(() => builder.build([{ role: "system", content: [image] }, user(text("a"))])).toThrow(/found system, user/);
    const blind = new PromptBuilder({ tokenizer, chatTemplate, tokensPerImage: undefined });
    expect(() => blind.build([user(image)])).toThrow(/the model does not accept images/);
    const base = new PromptBuilder({ tokenizer, chatTemplate: undefined, tokensPerImage: 4 });
    expect(() => base.build([user(text("a"))])).toThrow(/no chat template/);
    expect(() => new PromptBuilder({ tokenizer, chatTemplate: "{% if", tokensPerImage: 4 })).toThrow(/template/);
    const dropping = new PromptBuilder({
      tokenizer,
      chatTemplate: "<bos>{{ messages[0].content[0].text }}",
      tokensPerImage: 4,
    });
    expect(() => dropping.build([user(text("a"), image)])).toThrow(/expected 1 images, found 0 placeholders/);
  });
});

describe("stop strings", () => {
  test("however the text is cut, it ends before the first one and what is shown never has to be taken back", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(letters, stops, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (whole, strings, sizes) => {
        const matcher = new StopStrings(strings);
        let shown = "";
        let stopped = false;
        for (let at = 0; at < whole.length && !stopped; ) {
          const size = sizes.next().value ?? 1;
          const step = matcher.push(whole.slice(at, at + size));
          shown += step.text;
          stopped = step.stopped;
          at += size;
        }
        if (!stopped) shown += matcher.flush();
        const ends = strings.map((s) => whole.indexOf(s)).filter((i) => i >= 0);
        expect(stopped).toBe(ends.length > 0);
        if (stopped)
          expect(whole.startsWith(shown) && strings.some((s) => whole.startsWith(s, shown.length))).toBe(true);
        else expect(shown).toBe(whole);
        expect(strings.some((s) => shown.includes(s))).toBe(false);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});

describe("answers", () => {
  const [open, close] = [100, 101];
  const ids = (value: string) => builder.tokenizer.encode(value);
  const run = (generated: number[], stop: string[] = []) => {
    const stream = new AnswerStream(builder.tokenizer, { stop });
    let shown = "";
    let stopped = false;
    for (const id of generated) {
      if (stopped) break;
      const step = stream.push(id);
      shown += step.text;
      stopped = step.stopped;
    }
    const { text: rest, answer } = stream.finish();
    return { shown: shown + rest, stopped, ...answer };
  };

  test("a thought is taken out by token id and kept apart", () => {
    const generated = [open, ...ids("thought\nIs it clear? STOP yes."), close, ...ids("Final Answer: no"), 106];
    expect(run(generated, ["STOP"])).toEqual({
      shown: "Final Answer: no",
      stopped: false,
      text: "Final Answer: no",
      thought: "Is it clear? STOP yes.",
      unclosedThought: false,
    });
  });

  test("a thought that never ends is reported, and there is no answer", () => {
    expect(run([open, ...ids("thought\nhm mm³ é")])).toMatchObject({
      shown: "",
      text: "",
      thought: "hm mm³ é",
      unclosedThought: true,
    });
  });

  test("without a thought there is none", () => {
    expect(run(ids("Yes, é."))).toEqual({ shown: "Yes, é.", stopped: false, text: "Yes, é.", unclosedThought: false });
  });

  test("a stop string ends the answer and is not part of it", () => {
    expect(run(ids("one\n\ntwo\n\nthree"), ["\n\nthr"])).toMatchObject({
      shown: "one\n\ntwo",
      text: "one\n\ntwo",
      stopped: true,
    });
    expect(run(ids("one\n\ntwo"), ["two three"])).toMatchObject({ shown: "one\n\ntwo", stopped: false });
  });
});
