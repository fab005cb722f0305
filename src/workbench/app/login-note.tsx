/**
 * Shown when nobody is logged in or the session has ended: explains how to continue and that nothing is lost. It does not take the
 * focus, so that typing is not interrupted.
 */
import { useSignal } from "@preact/signals";
import { session } from "../api/client.ts";
import { Icon } from "../controls/icon.tsx";
import { words } from "../words/en.ts";

export function LoginNote() {
  const message = useSignal<string | undefined>(undefined);
  const ask = async () => {
    const { status } = await fetch("/login", { method: "POST" }).catch(() => ({ status: 0 }));
    message.value = status === 202 || status === 429 ? words.session.asked : words.session.notHere;
  };
  return (
    <section class={`login-note${session.value ? " aside" : ""}`} role="alert" aria-label={words.session.expiredTitle}>
      <h2 class="row">
        <Icon name="lock" /> {words.session.expiredTitle}
      </h2>
      <p>{words.session.expired}</p>
      <p class="soft small">{words.session.how}</p>
      {message.value === undefined ? (
        <button type="button" class="button" onClick={ask}>
          {words.session.ask}
        </button>
      ) : (
        <p role="status">{message.value}</p>
      )}
    </section>
  );
}
