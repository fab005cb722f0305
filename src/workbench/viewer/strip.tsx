/** The parts of the study as thumbnails, for navigation. */

import type { PartManifest } from "../api/types.ts";
import { words } from "../words/en.ts";
import type { Reader } from "./reader.ts";

export function Strip({ reader }: { reader: Reader }) {
  const shown = new Set(reader.frames.value.map((frame) => frame.part.value));
  return (
    <nav class="strip" aria-label={words.viewer.parts}>
      {reader.parts.value?.map((manifest) => (
        <button
          key={manifest.part}
          type="button"
          class="strip-part"
          aria-current={shown.has(manifest.part) ? "true" : undefined}
          onClick={() => reader.show(manifest.part)}
        >
          <Thumbnail address={reader.source.address} manifest={manifest} />
          <span class="cut">{manifest.label}</span>
          <span class="faint tiny cut">
            {manifest.modality} {sizeWords(manifest)}
          </span>
        </button>
      ))}
    </nav>
  );
}

function Thumbnail({ address, manifest }: { address: string | undefined; manifest: PartManifest }) {
  const pictured = address !== undefined && ["image", "volume", "slide", "video", "document"].includes(manifest.kind);
  return (
    <span class="thumb">
      {pictured ? (
        <img src={`${address}/parts/${manifest.part}/thumbnail.png`} alt="" loading="lazy" />
      ) : (
        <span class="thumb-word">{manifest.kind}</span>
      )}
    </span>
  );
}

export function sizeWords({ image, volume, slide, video, pages }: PartManifest): string {
  if (volume) return `${volume.shape[0]} × ${volume.shape[2]} × ${volume.shape[1]}`;
  if (slide) return `${(slide.width / 1000).toFixed(0)}k × ${(slide.height / 1000).toFixed(0)}k`;
  if (video && pages) return `${pages.length} x ${pages[0].width} x ${pages[0].height}`;
  if (pages) return `${pages.length} p.`;
  return image ? `${image.width} × ${image.height}` : "";
}
