/** How an answer came about, for a terminal: drafts, votes, searches, sources. */
import type { StrategyRecord, StrategyVotes } from "../../model/strategy-record.ts";

/** Drafts beyond these are counted, not shown. */
const shownDrafts = 4;

export function strategyText(record: StrategyRecord): string {
  const { name, options, replies, rounds = [], votes, sources = [], trace, endedBy, deferred } = record;
  const given = Object.entries(options).map(([key, value]) => `${key} ${value}`);
  const lines = [`Strategy ${name}${given.length > 0 ? ` (${given.join(", ")})` : ""}`];
  let round = 0;
  for (const { role, texts, leftOut } of trace) {
    // Queries stand with their round.
    if (role === "query" && rounds.length > 0 && leftOut === 0) continue;
    const voting = role === "answer" || role === "rationale";
    lines.push(
      `  ${role}: ${texts.length} ${texts.length === 1 ? "reply" : "replies"}${leftOut > 0 ? `, ${leftOut} not allowed by the budget` : ""}`,
    );
    for (const text of texts.slice(0, voting ? shownDrafts : texts.length)) lines.push(`    ${oneLine(text)}`);
    if (voting && texts.length > shownDrafts)
      lines.push(`    and ${texts.length - shownDrafts} more (--json shows all)`);
    if (role === "answer" && rounds[round] !== undefined) {
      const { votes: own, queries } = rounds[round];
      lines.push(`  votes: ${votesText(own)}`);
      if (queries.length > 0) lines.push(...queries.map((query) => `  searched: ${query}`));
      for (const { source, text } of rounds[round].sources) lines.push(`    found in ${source}: ${oneLine(text)}`);
      round++;
    }
  }
  if (rounds.length === 0 && votes !== undefined && replies > 1) lines.push(`  votes: ${votesText(votes)}`);
  for (const [i, { source, from, to, text }] of sources.entries())
    lines.push(`  [${i + 1}] ${source}, characters ${from} to ${to}: ${oneLine(text)}`);
  if (endedBy !== undefined) lines.push(`  ended by: ${endedBy}`);
  if (deferred !== undefined) lines.push(`  deferred: ${deferred}`);
  lines.push(`  ${replies} replies in total`);
  return `${lines.join("\n")}\n`;
}

function votesText({ counts, unread, withoutVote = 0, confidence, entropy }: StrategyVotes): string {
  const all = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([answer, count]) => `${answer} ${count}`);
  if (unread > 0) all.push(`unparsed ${unread}`);
  const left = withoutVote === 0 ? "" : `; without a vote for a citation that does not hold ${withoutVote}`;
  return `${all.join(", ")}${left}; ${Math.round(100 * confidence)} % agree; entropy ${entropy.toFixed(3)} nats`;
}

const oneLine = (text: string) => {
  const flat = text.trim().replace(/\s*\n\s*/g, " | ");
  return flat.length <= 160 ? flat : `${flat.slice(0, 157)}...`;
};
