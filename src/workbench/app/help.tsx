/** The help sheet: every action of the current screen with its keys. */
import { Dialog } from "../controls/dialog.tsx";
import { words } from "../words/en.ts";
import { keyName, shownGroups } from "./keys.ts";

export function HelpSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={words.help.title} onClose={onClose}>
      <div class="help" tabIndex={0} role="region" aria-label={words.help.title}>
        {shownGroups().map(({ title, actions }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {merged(actions).map(([label, keys]) => (
                <div key={label} class="help-line">
                  <dt>{label}</dt>
                  <dd>
                    {keys.map((key) => (
                      <kbd key={key}>{keyName(key)}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{words.help.fields}</h3>
          <dl>
            {words.help.fieldLines.map(([key, does]) => (
              <div key={key} class="help-line">
                <dt>{does}</dt>
                <dd>
                  <kbd>{keyName(key)}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
        <section>
          <h3>{words.help.mouse}</h3>
          <dl>
            {words.help.mouseLines.map(([what, does]) => (
              <div key={what} class="help-line">
                <dt>{does}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

/** Merges the keys of one action into one line. */
function merged(
  actions: readonly { readonly label: string; readonly keys: readonly string[] }[],
): [string, string[]][] {
  const lines = new Map<string, string[]>();
  for (const { label, keys } of actions) lines.set(label, [...(lines.get(label) ?? []), ...keys]);
  return [...lines];
}
