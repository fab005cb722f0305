/**
 * A document: its page, and beside it the laboratory values read from it. Selecting a value highlights its position on
 * the page, and vice versa.
 */
import { batch, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../../api/client.ts";
import { Icon } from "../../controls/icon.tsx";
import { words } from "../../words/en.ts";
import type { Frame, Reader } from "../reader.ts";
import { FrameView } from "../view/frame.tsx";
import "./screens.css";

interface PageBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface LabRow {
  readonly id: string;
  readonly page: number;
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly range?: string;
  readonly flag?: string;
  readonly boxes: { readonly value: PageBox; readonly row: PageBox };
  readonly review: readonly { readonly message: string }[];
}

export default function PaperScreen({ reader, frame, index }: { reader: Reader; frame: Frame; index: number }) {
  const part = frame.part.value;
  const isVideo = reader.manifest(part)!.kind === "video";
  const rows = useSignal<readonly LabRow[]>([]);
  const warnings = useSignal<readonly string[]>([]);
  useEffect(() => {
    const address = reader.addressOf(part);
    if (address === undefined || isVideo) return;
    get<{ rows: readonly LabRow[]; warnings: readonly string[] }>(`${address}/labs`).then(
      (found) =>
        batch(() => {
          rows.value = found.rows;
          warnings.value = found.warnings;
        }),
      // Not a laboratory report: only the page is shown.
      () => {},
    );
  }, [part]);
  const choose = ({ id, page, boxes: { row } }: LabRow) => {
    const { measures, boxes } = reader.marks.peek();
    batch(() => {
      frame.page.value = page - 1;
      reader.marks.value = {
        measures,
        boxes: [
          ...boxes.filter((box) => !box.id.startsWith("lab:")),
          { id: `lab:${id}`, part, index: page - 1, ...row, label: "", origin: "person" },
        ],
      };
      reader.selected.value = `lab:${id}`;
    });
  };
  const pages = reader.manifest(part)!.pages!.length;
  return (
    <div class="paper">
      <div class="paper-page">
        <FrameView reader={reader} frame={frame} index={index} />
        {pages > 1 && (
          <div class="pager">
            <button
              type="button"
              class="button icon"
              aria-label={words.viewer.actions.previous}
              onClick={() => reader.step(-1)}
            >
              <Icon name="back" />
            </button>
            <span class="tiny">
              {isVideo ? words.viewer.videoFrame : words.viewer.page} {frame.page.value + 1} {words.viewer.of} {pages}
            </span>
            <button
              type="button"
              class="button icon"
              aria-label={words.viewer.actions.next}
              onClick={() => reader.step(1)}
            >
              <Icon name="next" />
            </button>
          </div>
        )}
      </div>
      {rows.value.length > 0 && (
        <aside class="values" aria-label={words.viewer.values}>
          <h2 class="mini-title">{words.viewer.values}</h2>
          {warnings.value.map((warning) => (
            <p key={warning} class="tiny caution-text">
              {warning}
            </p>
          ))}
          <ul>
            {rows.value.map((row) => (
              <li key={row.id}>
                <button
                  type="button"
                  class={`value-row${row.review.length > 0 ? " doubtful" : ""}`}
                  aria-pressed={reader.selected.value === `lab:${row.id}`}
                  onClick={() => choose(row)}
                >
                  <span class="grow">{row.name}</span>
                  <span class="value">
                    {row.value} <span class="faint">{row.unit}</span>{" "}
                    {row.flag && <strong class="flag">{row.flag}</strong>}
                  </span>
                  <span class="faint tiny">{row.range}</span>
                  {row.review.map(({ message }) => (
                    <span key={message} class="tiny caution-text">
                      {words.viewer.doubtful}: {message}
                    </span>
                  ))}
                </button>
              </li>
            ))}
          </ul>
        </aside>
      )}
    </div>
  );
}
