/** The parts of the study as thumbnails, for navigation; and the patient's other studies, which open beside it. */

import { useEffect, useRef } from "preact/hooks";
import type { PartManifest, StudyRow } from "../api/types.ts";
import { Icon } from "../controls/icon.tsx";
import { tell } from "../controls/toasts.tsx";
import { dateOf } from "../studies/table.tsx";
import { words } from "../words/en.ts";
import type { Reader } from "./reader.ts";
import { whenWords } from "./study-tag.tsx";
import { Painter } from "./view/draw.ts";
import { fitted, matrixOf } from "./view/transform.ts";
import { firstWindow } from "./windows.ts";

export function Strip({ reader }: { reader: Reader }) {
  return (
    <nav class="strip" aria-label={words.viewer.parts}>
      <Parts reader={reader} parts={reader.parts.value ?? []} />
      <OtherStudies reader={reader} />
    </nav>
  );
}

function Parts({ reader, parts }: { reader: Reader; parts: readonly PartManifest[] }) {
  const shown = new Set(reader.frames.value.map((frame) => frame.part.value));
  return (
    <>
      {parts.map((manifest) => (
        <button
          key={manifest.part}
          type="button"
          class="strip-part"
          aria-current={shown.has(manifest.part) ? "true" : undefined}
          onClick={() => reader.show(manifest.part)}
        >
          <Thumbnail reader={reader} manifest={manifest} />
          <span class="cut">{manifest.label}</span>
          <span class="faint tiny cut">
            {manifest.modality} {sizeWords(manifest)}
          </span>
        </button>
      ))}
    </>
  );
}

function OtherStudies({ reader }: { reader: Reader }) {
  const text = words.viewer.priors;
  const { listed, opened, current } = reader.priors;
  if (listed.value.length === 0 || current.value === undefined) return null;
  return (
    <section class="strip-others" aria-label={text.title}>
      <h2 class="mini-title" title={text.title}>
        {text.short}
      </h2>
      {listed.value.map((row) => {
        const open = opened.value.find((one) => one.row.id === row.id);
        return (
          <div key={row.id} class={`strip-other${open ? " open" : ""}`}>
            <OtherButton reader={reader} row={row} open={open !== undefined} current={current.value!.date} />
            {open && <Parts reader={reader} parts={open.parts} />}
          </div>
        );
      })}
    </section>
  );
}

function OtherButton({
  reader,
  row,
  open,
  current,
}: {
  reader: Reader;
  row: StudyRow;
  open: boolean;
  current: string;
}) {
  const text = words.viewer.priors;
  const date = dateOf(row.date) || text.unknown;
  const label = row.label || text.unnamed;
  return (
    <button
      type="button"
      class="strip-study"
      aria-expanded={open}
      onClick={async () => {
        if (open) {
          reader.closePriors();
          return;
        }
        // One other study at a time: its date can then never be taken for that of a third.
        reader.closePriors();
        const problem = await reader.openPrior(row.id);
        if (problem) tell(`${text.failed}: ${problem.message}`, { failed: true });
      }}
    >
      <span class="hidden-words">{open ? text.close : text.open} </span>
      <span class="row">
        <strong class="grow">{date}</strong>
        {reader.priors.opening.value === row.id ? <span class="spinner" /> : <Icon name={open ? "cross" : "priors"} />}
      </span>
      <span class="cut">{label}</span>
      <span class="faint tiny cut">
        {whenWords(row.date, current)} · {row.modalities.join(" ")}
      </span>
    </button>
  );
}

const imageKinds: readonly PartManifest["kind"][] = ["image", "volume", "video", "document"];

function Thumbnail({ reader, manifest }: { reader: Reader; manifest: PartManifest }) {
  const address = reader.addressOf(manifest.part);
  return (
    <span class="thumb">
      {address !== undefined && (imageKinds.includes(manifest.kind) || manifest.kind === "slide") ? (
        <img src={`${address}/thumbnail.png`} alt="" loading="lazy" />
      ) : imageKinds.includes(manifest.kind) ? (
        <DrawnThumbnail reader={reader} manifest={manifest} />
      ) : (
        <span class="thumb-word">{manifest.kind}</span>
      )}
    </span>
  );
}

/** Without a server: the part's middle slice or first page, drawn here. */
function DrawnThumbnail({ reader, manifest }: { reader: Reader; manifest: PartManifest }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const abort = new AbortController();
    const at = manifest.volume ? Math.floor(manifest.volume.shape[0] / 2) : 0;
    reader.source.pixels(manifest.part, at, abort.signal).then(
      (slice) => {
        const element = canvas.current;
        if (element === null) return;
        const side = element.width;
        const spacing = manifest.volume?.spacing ?? [1, 1];
        const finest = Math.min(spacing[0], spacing[1]);
        const size = {
          width: slice.width,
          height: slice.height,
          aspect: [spacing[0] / finest, spacing[1] / finest] as const,
        };
        const window = firstWindow(manifest, slice);
        const matrix = matrixOf(fitted, size, side, side);
        new Painter().draw(element.getContext("2d", { alpha: false })!, slice, window, slice.inverted, matrix, slice);
      },
      // The frame shows what is wrong with the part.
      () => {},
    );
    return () => abort.abort();
  }, [manifest]);
  return <canvas ref={canvas} width={192} height={192} aria-hidden="true" />;
}

export function sizeWords({ image, volume, slide, video, pages }: PartManifest): string {
  if (volume) return `${volume.shape[0]} × ${volume.shape[2]} × ${volume.shape[1]}`;
  if (slide) return `${(slide.width / 1000).toFixed(0)}k × ${(slide.height / 1000).toFixed(0)}k`;
  if (video && pages) return `${pages.length} x ${pages[0].width} x ${pages[0].height}`;
  if (pages) return `${pages.length} p.`;
  return image ? `${image.width} × ${image.height}` : "";
}
