/** The viewer of one study: its parts, the tools, and one or more frames. */
import { useSignalEffect } from "@preact/signals";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import { useActions } from "../app/keys.ts";
import { Callout } from "../controls/callout.tsx";
import { words } from "../words/en.ts";
import { viewerActions } from "./actions.ts";
import type { Frame, Reader } from "./reader.ts";
import { Strip } from "./strip.tsx";
import { StudyTag } from "./study-tag.tsx";
import { Toolbar } from "./toolbar.tsx";
import { FirstPictureView } from "./view/first.tsx";
import { FrameView } from "./view/frame.tsx";
import { shownBy } from "./view/shown.ts";
import "./viewer.css";

const SlideScreen = lazy(() => import("./screens/slide.tsx"));
const PaperScreen = lazy(() => import("./screens/paper.tsx"));
const RecordScreen = lazy(() => import("./screens/record.tsx"));

export function Viewer({ reader }: { reader: Reader }) {
  useActions({ title: "Viewer", actions: viewerActions(reader) });
  const rate = reader.cine.value;
  useEffect(() => {
    if (rate === undefined) return;
    const timer = setInterval(() => {
      const frame = reader.activeFrame.peek();
      const volume = frame && reader.view(frame.part.peek()).volume;
      if (volume === undefined) return;
      const axis = frame.across.peek();
      volume.moveTo(axis, (Math.round(volume.point.peek()[axis]) + 1) % volume.shape.size[axis]);
      reader.together.follow(frame);
    }, 1000 / rate);
    return () => clearInterval(timer);
  }, [rate]);
  useSameScale(reader);
  const problem = reader.problem.value;
  return (
    <section class="viewer" aria-label="Viewer">
      <Toolbar reader={reader} />
      <div class="viewer-body">
        <Strip reader={reader} />
        <div class={`frames ${reader.layout.value}`}>
          {problem && (
            <div class="frames-note">
              <Callout kind="danger" title={words.viewer.failed}>
                {problem.message}
              </Callout>
            </div>
          )}
          {!problem && reader.parts.value === undefined && <FirstPictureView reader={reader} />}
          {reader.parts.value?.length === 0 && <p class="frames-note soft">{words.viewer.noParts}</p>}
          {reader.frames.value.map((frame, index) => (
            <PartScreen key={frame.id} reader={reader} frame={frame} index={index} />
          ))}
        </div>
      </div>
    </section>
  );
}

/** Two studies are shown at one size in millimetres as soon as both are there. */
function useSameScale(reader: Reader): void {
  const done = useRef<unknown>(undefined);
  useSignalEffect(() => {
    const frames = reader.frames.value;
    if (!reader.beside.value || frames.length !== 2 || done.current === frames) return;
    if (frames.some((frame) => reader.manifest(frame.part.value) === undefined || shownBy(reader, frame) === undefined))
      return;
    done.current = frames;
    const elements = [...document.querySelectorAll(".frames .frame")];
    reader.together.sameScale(elements.map(({ clientWidth, clientHeight }) => [clientWidth, clientHeight] as const));
  });
}

function PartScreen({ reader, frame, index }: { reader: Reader; frame: Frame; index: number }) {
  const part = frame.part.value;
  const manifest = reader.manifest(part);
  const waiting = (
    <div class="frame">
      <span class="frame-note">
        <span class="spinner" />
      </span>
    </div>
  );
  const address = reader.addressOf(part);
  if (
    manifest !== undefined &&
    address === undefined &&
    !["image", "volume", "video", "document"].includes(manifest.kind)
  )
    return (
      <div class="frame">
        <span class="frame-note">{words.viewer.noPicture}</span>
      </div>
    );
  switch (manifest?.kind) {
    case "slide":
      return (
        <Suspense fallback={waiting}>
          <SlideScreen key={manifest.part} reader={reader} manifest={manifest} index={index} />
        </Suspense>
      );
    case "video":
    case "document":
      return (
        <Suspense fallback={waiting}>
          <PaperScreen key={manifest.part} reader={reader} frame={frame} index={index} />
        </Suspense>
      );
    case "image":
    case "volume":
      return <FrameView key={manifest.part} reader={reader} frame={frame} index={index} />;
    default:
      if (manifest === undefined) return null;
      return (
        <Suspense fallback={waiting}>
          <RecordScreen key={manifest.part} address={address!} manifest={manifest}>
            <StudyTag reader={reader} part={part} />
          </RecordScreen>
        </Suspense>
      );
  }
}
