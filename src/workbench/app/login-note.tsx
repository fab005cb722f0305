/**
 * Nobody is logged in, or the session has ended in the middle of whatever was done: how to go on, and that nothing is lost. It does not take the
 * focus: who is typing types on.
 */
import { session } from "../api/client.ts";
import { Icon } from "../controls/icon.tsx";
import { words } from "../words/en.ts";

export function LoginNote() {
  return (
    <section class={`login-note${session.value ? " aside" : ""}`} role="alert" aria-label={words.session.expiredTitle}>
      <h2 class="row">
        <Icon name="lock" /> {words.session.expiredTitle}
      </h2>
      <p>{words.session.expired}</p>
      <p class="soft small">{words.session.how}</p>
      <code class="command">{words.session.command}</code>
    </section>
  );
}
