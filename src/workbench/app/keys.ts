/**
 * Keyboard actions: screens register their actions while they are shown; one listener runs them and the help sheet
 * lists them. Keys are named as in `KeyboardEvent.key`, prefixed with `Shift+`, `Ctrl+` (or Command) and `Alt+`.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Action {
  readonly keys: readonly string[];
  /** What it does, for the help sheet. */
  readonly label: string;
  readonly run: () => void;
  /** Runs even while a text field has the focus. */
  readonly whileTyping?: boolean;
}

export interface ActionGroup {
  readonly title: string;
  readonly actions: readonly Action[];
}

/** The most recently registered group has priority. */
const groups = signal<readonly { readonly current: () => ActionGroup }[]>([]);

export const shownGroups = (): ActionGroup[] => groups.value.map(({ current }) => current());

/** Registers actions while the component is shown. */
export function useActions(group: ActionGroup): void {
  const holder = useHolder(group);
  useEffect(() => {
    const entry = { current: () => holder.value };
    groups.value = [entry, ...groups.peek()];
    return () => {
      groups.value = groups.peek().filter((one) => one !== entry);
    };
  }, []);
}

function useHolder(group: ActionGroup): { value: ActionGroup } {
  const holder = useRef({ value: group });
  holder.current.value = group;
  return holder.current;
}

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type)));

export function keyOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shifted = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shifted ? "Shift+" : ""}${key}`;
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  // A dialog has its own keys; actions of the screen behind it are disabled.
  if (document.querySelector("dialog[open]") !== null) return;
  const key = keyOf(event);
  const inField = typing(event.target);
  // Enter and Space activate a focused button.
  if (
    !inField &&
    (key === "Enter" || key === " ") &&
    event.target instanceof HTMLElement &&
    event.target.closest("button, a, summary, [role=tab]")
  )
    return;
  for (const { current } of groups.peek()) {
    const action = current().actions.find(
      ({ keys, whileTyping }) => keys.includes(key) && (!inField || whileTyping === true),
    );
    if (action === undefined) continue;
    event.preventDefault();
    action.run();
    return;
  }
});

/** A readable name for a key such as `ArrowUp`. */
export function keyName(key: string): string {
  return key
    .replace("ArrowUp", "↑")
    .replace("ArrowDown", "↓")
    .replace("ArrowLeft", "←")
    .replace("ArrowRight", "→")
    .replace("Escape", "Esc")
    .replace(/^ $/, "Space")
    .replace(/^(.*\+)?([a-z])$/, (_, modifiers = "", letter: string) => `${modifiers}${letter.toUpperCase()}`);
}
