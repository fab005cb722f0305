/** The session has ended, in the middle of whatever was done: how to go on, and that nothing is lost. */
import { Dialog } from "../controls/dialog.tsx";
import { words } from "../words/en.ts";

export function LoginNote() {
  return (
    <Dialog title={words.session.expiredTitle} onClose={() => {}} firm>
      <p>{words.session.expired}</p>
      <p class="soft">{words.session.how}</p>
      <pre class="command" tabIndex={0}>{words.session.command}</pre>
      <div class="row soft small">
        <span class="spinner" /> {words.notice}
      </div>
    </Dialog>
  );
}
