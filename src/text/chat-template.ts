/** The checkpoint's own chat template (Jinja), rendered with the same variables as in transformers. */
import { PolyclinicError } from "../base/errors.ts";
import { type JinjaProgram, parseJinja, renderJinja, TemplateBound } from "./jinja.ts";

/** The fields of a message that a prompt needs; `Message` of the model contract satisfies it. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly (
    | { readonly type: "text"; readonly text: string }
    /** `crop`: a crop of the image before it. */
    | { readonly type: "image"; readonly crop?: boolean }
  )[];
}

/** A checkpoint's chat template (Jinja), compiled once. */
export class ChatTemplate {
  private readonly program: JinjaProgram;

  /** @param source Jinja source; throws `text/template` when it is invalid. */
  constructor(
    source: string,
    private readonly bosToken = "<bos>",
  ) {
    try {
      this.program = parseJinja(source);
    } catch (cause) {
      throw new PolyclinicError("text/template", "cannot be parsed", {
        where: "chat template",
        found: cause instanceof Error ? cause.message : undefined,
        cause,
      });
    }
  }

  /**
   * Throws `text/conversation` if the template rejects the messages (roles must alternate, starting with the user),
   * `text/template` if it exceeds the limits on steps and memory.
   */
  render(messages: readonly ChatMessage[], { generationPrompt }: { generationPrompt: boolean }): string {
    try {
      return renderJinja(this.program, {
        messages: messages.map(({ role, content }) => ({ role, content: content.map((part) => ({ ...part })) })),
        bos_token: this.bosToken,
        add_generation_prompt: generationPrompt,
      });
    } catch (cause) {
      if (cause instanceof TemplateBound || cause instanceof RangeError)
        throw new PolyclinicError("text/template", "exceeds the limits for a chat template", {
          where: "chat template",
          expected: "loops and strings of bounded length",
          found: cause.message,
          hint: "Use the template that was published with this model.",
          cause,
        });
      throw new PolyclinicError("text/conversation", "cannot be formatted by the model's chat template", {
        where: "messages",
        expected: "an optional system message, then alternating user and assistant messages",
        found: messages.map((message) => message.role).join(", ") || "no messages",
        hint: cause instanceof Error ? cause.message : undefined,
        cause,
      });
    }
  }
}
