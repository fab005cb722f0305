/** Dark theme for reading rooms, light theme for offices; stored in this browser. */
import { effect, signal } from "@preact/signals";
import { keep, kept } from "./kept.ts";

export type Theme = "dark" | "light";

export const theme = signal<Theme>(kept("theme") === "light" ? "light" : "dark");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  keep("theme", theme.value);
});

export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
}
