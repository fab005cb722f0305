/** Toast notifications, shown for a few seconds and announced by screen readers. */
import { signal } from "@preact/signals";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly failed: boolean;
}

const shown = signal<readonly Toast[]>([]);
let count = 0;

export function tell(text: string, { failed = false }: { failed?: boolean } = {}): void {
  const toast = { id: ++count, text, failed };
  shown.value = [...shown.peek().slice(-2), toast];
  setTimeout(
    () => {
      shown.value = shown.peek().filter(({ id }) => id !== toast.id);
    },
    failed ? 9000 : 4000,
  );
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, text, failed }) => (
        <div key={id} class={`toast${failed ? " failed" : ""}`}>
          {text}
        </div>
      ))}
    </div>
  );
}
