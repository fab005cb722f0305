/** A caution or an error with what to do; announced by screen readers. */
import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

export function Callout({
  kind,
  title,
  children,
}: {
  kind: "caution" | "danger";
  title?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`callout ${kind}`} role={kind === "danger" ? "alert" : "note"}>
      <Icon name={kind} />
      <div class="grow">
        {title && <strong>{title}</strong>}
        {children && <div>{children}</div>}
      </div>
    </div>
  );
}
