/** A whole-slide image: deep zoom with OpenSeadragon, tiles from the server, and a scale bar. */
import { effect, useSignal } from "@preact/signals";
import OpenSeadragon from "openseadragon";
import { useEffect, useRef } from "preact/hooks";
import type { PartManifest } from "../../api/types.ts";
import { words } from "../../words/en.ts";
import type { Reader } from "../reader.ts";
import { StudyTag } from "../study-tag.tsx";
import "./screens.css";

/** Tile size of the server, pixels. */
const tileSize = 512;

export default function SlideScreen({ reader, manifest }: { reader: Reader; manifest: PartManifest }) {
  const element = useRef<HTMLDivElement>(null);
  const bar = useSignal<{ readonly width: number; readonly length: string } | undefined>(undefined);
  const { width, height, mpp } = manifest.slide!;
  useEffect(() => {
    const viewer = OpenSeadragon({
      element: element.current!,
      drawer: "canvas",
      showNavigationControl: false,
      showNavigator: true,
      navigatorPosition: "TOP_RIGHT",
      navigatorSizeRatio: 0.16,
      animationTime: 0.35,
      springStiffness: 12,
      maxZoomPixelRatio: 4,
      visibilityRatio: 0.5,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      tileSources: {
        width,
        height,
        tileSize,
        tileOverlap: 0,
        getTileUrl: (level: number, x: number, y: number) =>
          `${reader.addressOf(manifest.part)}/tiles/${level}/${x}/${y}`,
      } as unknown as OpenSeadragon.TileSourceOptions,
    });
    const measure = () => {
      if (mpp === undefined || viewer.world.getItemCount() === 0) return;
      const perPixel = mpp / viewer.viewport.viewportToImageZoom(viewer.viewport.getZoom(true));
      bar.value = scaleBar(perPixel);
    };
    viewer.addHandler("open", measure);
    viewer.addHandler("animation", measure);
    viewer.addHandler("resize", measure);
    viewer.addOnceHandler("tile-drawn", () => performance.mark("polyclinic:first-tile"));
    const stop = effect(() => {
      const region = reader.region.value;
      if (region?.part !== manifest.part) return;
      const [x0, y0, x1, y1] = region.box;
      const show = () => viewer.viewport.fitBounds(viewer.viewport.imageToViewportRectangle(x0, y0, x1 - x0, y1 - y0));
      if (viewer.isOpen()) show();
      else viewer.addOnceHandler("open", show);
    });
    return () => {
      stop();
      viewer.destroy();
    };
  }, []);
  return (
    <div class="frame slide" role="application" aria-label={words.viewer.frame(manifest.label)}>
      <div ref={element} class="slide-canvas" />
      <div class="corner top left">
        <StudyTag reader={reader} part={manifest.part} />
        {manifest.label}
      </div>
      {bar.value && (
        <div
          class="scale-bar"
          style={{ width: `${bar.value.width}px` }}
          role="img"
          aria-label={words.viewer.scaleBar(bar.value.length)}
        >
          {bar.value.length}
        </div>
      )}
    </div>
  );
}

/** A rounded length of about 120 screen pixels. @param perPixel microns per screen pixel. */
export function scaleBar(perPixel: number): { width: number; length: string } {
  const about = perPixel * 120;
  const power = 10 ** Math.floor(Math.log10(about));
  const round = [5, 2, 1].find((step) => step * power <= about)! * power;
  return { width: round / perPixel, length: round >= 1000 ? `${round / 1000} mm` : `${round} µm` };
}
