import { expect, test } from "vitest";
import { type ChatMessage, ChatTemplate } from "./chat-template.ts";

const messages: ChatMessage[] = [
  { role: "user", content: [{ type: "text", text: "one" }] },
  { role: "assistant", content: [{ type: "text", text: "two" }] },
];
const render = (source: string) => new ChatTemplate(source).render(messages, { generationPrompt: true });

test.each([
  "{% for i in range(1000000000) %}x{% endfor %}",
  "{% for i in range(10000) %}{% for j in range(10000) %}{% for k in range(10000) %}x{% endfor %}{% endfor %}{% endfor %}",
  "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
  "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
  "{{ 'a\nb' | indent(1000000000) }}",
  "{{ 'a' | replace('a', 'b' * 1) }}{% for i in range(0, 100, 1) %}{% for j in range(99999) %}{{ messages }}{% endfor %}{% endfor %}",
  "x".repeat(2_000_000),
  `{{ ${"(".repeat(50_000)}1${")".repeat(50_000)} }}`,
])("a template beyond all bounds is refused by name (%#)", (source) => {
  expect(() => render(source)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^text\//) }));
});

/** As Jinja 3.1 in Python renders them. */
test.each([
  ["{% for m in messages %}a{% if loop.first %}{% break %}{% endif %}b{% endfor %}c", "ac"],
  ["{% for m in messages %}a{{ m.role }}{% if loop.first %}{% continue %}{% endif %}b{% endfor %}", "auseraassistantb"],
  [
    "{% for i in range(3) %}{{ i }}{% for j in range(3) %}{{ j }}{% if j == 1 %}{% break %}{% endif %}{% endfor %};{% endfor %}",
    "001;101;201;",
  ],
  ["{% for i in range(5) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "012"],
  ["{% for i in range(2, 8, 3) %}{{ i }}{% endfor %}{{ range(3) | length }}", "253"],
  ["{{ bos_token }}{% if add_generation_prompt and true and not None %}yes{% endif %}", "<bos>yes"],
])("%s", (source, expected) => {
  expect(render(source)).toBe(expected);
});

test("what a template refuses is about the conversation, what is no template about the file", () => {
  expect(() => render("{{ raise_exception('roles must alternate') }}")).toThrow(
    expect.objectContaining({ code: "text/conversation", hint: "roles must alternate" }),
  );
  expect(() => render("{% for %}")).toThrow(expect.objectContaining({ code: "text/template" }));
});
