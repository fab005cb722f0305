/** The frame of every screen: navigation, user, and the research software notice. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { call, connection, session } from "../api/client.ts";
import { Icon } from "../controls/icon.tsx";
import { Mark } from "../controls/mark.tsx";
import { Toasts } from "../controls/toasts.tsx";
import { words } from "../words/en.ts";
import { HelpSheet } from "./help.tsx";
import { useActions } from "./keys.ts";
import { LoginNote } from "./login-note.tsx";
import { addressOf, go, route } from "./router.ts";
import { switchTheme, theme } from "./theme.ts";

export function Shell({ children }: { children: ComponentChildren }) {
  const help = useSignal(false);
  useActions({
    title: words.help.always,
    actions: [
      {
        keys: ["?"],
        label: words.help.open,
        run: () => {
          help.value = true;
        },
      },
      { keys: ["Alt+t"], label: words.theme.toLight, run: switchTheme, whileTyping: true },
      { keys: ["Alt+s"], label: words.nav.studies, run: () => go({ screen: "studies" }), whileTyping: true },
      { keys: ["Alt+r"], label: words.nav.people, run: () => go({ screen: "people" }), whileTyping: true },
    ],
  });
  const { screen } = route.value;
  const toLight = theme.value === "dark";
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {words.skip}
      </a>
      <header class="top-bar">
        <a class="brand" href={addressOf({ screen: "studies" })}>
          <Mark />
          {words.product}
        </a>
        <nav class="row" aria-label={words.nav.label}>
          <Place
            name={words.nav.studies}
            here={screen === "studies" || screen === "study" || screen === "compare"}
            to={addressOf({ screen: "studies" })}
          />
          <Place
            name={words.nav.people}
            here={screen.startsWith("people") || screen === "rating" || screen === "results"}
            to={addressOf({ screen: "people" })}
          />
        </nav>
        <span class="grow" />
        <span class="notice" title={words.noticeLong}>
          {words.notice}
        </span>
        <button
          type="button"
          class="button quiet icon"
          aria-label={toLight ? words.theme.toLight : words.theme.toDark}
          title={`${toLight ? words.theme.toLight : words.theme.toDark} (Alt+T)`}
          onClick={switchTheme}
        >
          <Icon name={toLight ? "sun" : "moon"} />
        </button>
        <button
          type="button"
          class="button quiet icon"
          aria-label={words.help.open}
          title={`${words.help.open} (?)`}
          onClick={() => {
            help.value = true;
          }}
        >
          <Icon name="keyboard" />
        </button>
        {session.value && (
          <button
            type="button"
            class="person"
            title={`${words.session.loggedIn(session.value.name)}. ${words.session.logOut}`}
            aria-label={`${words.session.loggedIn(session.value.name)}. ${words.session.logOut}`}
            onClick={() =>
              call("/api/session", { method: "DELETE" }).then(
                () => {
                  connection.value = "expired";
                },
                () => {},
              )
            }
          >
            {initials(session.value.name)}
          </button>
        )}
      </header>
      {connection.value === "lost" && (
        <div class="banner" role="alert">
          {words.session.offline}
        </div>
      )}
      <main id="main" tabIndex={-1}>
        {connection.value !== "starting" && session.value && children}
      </main>
      {connection.value === "expired" && <LoginNote />}
      {help.value && (
        <HelpSheet
          onClose={() => {
            help.value = false;
          }}
        />
      )}
      <Toasts />
    </div>
  );
}

function Place({ name, here, to }: { name: string; here: boolean; to: string }) {
  return (
    <a class="place" href={to} aria-current={here ? "page" : undefined}>
      {name}
    </a>
  );
}

const initials = (name: string) =>
  name
    .split(/\s+/)
    .map((word) => word[0])
    .join("")
    .slice(0, 2)
    .toUpperCase();
