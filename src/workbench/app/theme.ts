/** Dark theme for reading rooms, light theme for offices; stored in this browser. */
import { effect, signal } from "@preact/signals";
import { storedValue, storeValue } from "./kept.ts";

export type Theme = "dark" | "light";

export const theme = signal<Theme>(storedValue("theme") === "light" ? "light" : "dark");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  storeValue("theme", theme.value);
});

export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
}
