/**
 * The wording for an agent that reasons with tools (ReAct, Yao et al. 2023), in the layout of Agentic-Tx: thought,
 * action and observation in turns.
 */

export interface ToolDescription {
  /** The keyword of its block. */
  readonly name: string;
  /** One sentence: what it does and what it takes. */
  readonly description: string;
  /** An example of the block's content. */
  readonly example: string;
}

export interface ToolRound {
  readonly thought: string;
  readonly action: string;
  readonly observation: string;
}

/** The history so far, numbered from 1. */
export function toolHistory(rounds: readonly ToolRound[]): string {
  return rounds
    .map(
      ({ thought, action, observation }, i) =>
        `### Thought ${i + 1}:\n${thought}\n### Action ${i + 1}:\n${action}\n### Observation ${i + 1}:\n${observation}\n`,
    )
    .join("");
}

const head = (question: string, rounds: readonly ToolRound[]) => `Question: ${question}\n\n${toolHistory(rounds)}`;

export const thoughtPrompt = (
  question: string,
  rounds: readonly ToolRound[],
  tools: readonly ToolDescription[],
): string =>
  `${head(question, rounds)}\nYou can use these tools: ${tools.map(({ name }) => name).join(", ")}. ` +
  "In one or two sentences, say what you know and what to find out next. Do not use a tool yet.";

export function actionPrompt(
  question: string,
  rounds: readonly ToolRound[],
  thought: string,
  tools: readonly ToolDescription[],
): string {
  const described = tools.map(
    ({ name, description, example }) => `${name}: ${description}\n\`\`\`${name}\n${example}\n\`\`\``,
  );
  return (
    `${head(question, rounds)}### Thought ${rounds.length + 1}:\n${thought}\n\nTools:\n${described.join("\n")}\n` +
    "\nUse one tool. Write one fenced block that begins with the tool's name, and nothing after it."
  );
}

export const finalPrompt = (question: string, rounds: readonly ToolRound[]): string =>
  `${head(question, rounds)}\nAnswer the question from the observations, and name the number of each observation you rest on, ` +
  "as [1]. Say what they do not show. No tool can be used any more.";
