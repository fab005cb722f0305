/**
 * HL7 version 2 messages as segments, fields, repetitions and components, with the position of each segment in the
 * text.
 */
export interface Separators {
  field: string;
  component: string;
  repetition: string;
  escape: string;
  subcomponent: string;
}

export interface Segment {
  type: string;
  /** Field n of the standard's numbering (MSH-1 is the separator itself). */
  field: (n: number) => string;
  from: number;
  to: number;
}

export interface Message {
  segments: Segment[];
  separators: Separators;
  from: number;
  to: number;
}

/** Splits a file into its messages; batch headers (FHS, BHS) are skipped. */
export function readMessages(source: string): Message[] {
  const messages: Message[] = [];
  let message: Message | undefined;
  for (const match of source.matchAll(/[^\r\n]+/g)) {
    // MLLP wraps messages in vertical tabs and file separators.
    const skipped = match[0].charCodeAt(0) === 11 ? 1 : 0;
    const line = match[0].slice(skipped);
    const from = match.index + skipped;
    const to = from + line.length;
    const type = line.slice(0, 3);
    if (type === "FHS" || type === "BHS" || type === "BTS" || type === "FTS") continue;
    if (type === "MSH") {
      const [field, component = "^", repetition = "~", mark = "\\", subcomponent = "&"] = [
        line[3],
        ...line.slice(4, 8),
      ];
      message = { segments: [], separators: { field, component, repetition, escape: mark, subcomponent }, from, to };
      messages.push(message);
    }
    if (message === undefined || !/^[A-Z][A-Z0-9]{2}$/.test(type)) continue;
    const fields = line.split(message.separators.field);
    const shift = type === "MSH" ? 1 : 0;
    message.segments.push({
      type,
      field: (n) => (type === "MSH" && n === 1 ? message!.separators.field : (fields[n - shift] ?? "")),
      from,
      to,
    });
    message.to = to;
  }
  return messages;
}

export const repetitions = (field: string, { repetition }: Separators): string[] => field.split(repetition);

/** Component n, 1-based, with escapes resolved; empty if absent. */
export function component(field: string, n: number, separators: Separators): string {
  return resolveEscapes(
    field.split(separators.repetition)[0].split(separators.component)[n - 1] ?? "",
    separators,
  ).trim();
}

/** Resolves `\F\`, `\S\`, `\T\`, `\R\`, `\E\`, `\X..\`, `\.br\`; formatting commands are removed. */
export function resolveEscapes(text: string, separators: Separators): string {
  const { escape: mark } = separators;
  if (!text.includes(mark)) return text;
  const e = mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return text.replace(new RegExp(`${e}([^${e}]*)${e}`, "g"), (_, code: string) => {
    switch (code) {
      case "F":
        return separators.field;
      case "S":
        return separators.component;
      case "T":
        return separators.subcomponent;
      case "R":
        return separators.repetition;
      case "E":
        return mark;
      case ".br":
      case ".sp":
        return "\n";
    }
    if (/^X(?:[0-9A-F]{2})+$/i.test(code))
      return (code.slice(1).match(/../g) ?? []).map((hex) => String.fromCharCode(Number.parseInt(hex, 16))).join("");
    return "";
  });
}
