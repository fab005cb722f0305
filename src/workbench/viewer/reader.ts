/** Viewer state of a study: open parts, the content of each frame, the selected tool, annotations. */
import { batch, computed, type Signal, signal } from "@preact/signals";
import type { LocatedBox, PartManifest, StudyParts } from "../api/types.ts";
import { type Box, type Marks, modelBox, newId, noMarks } from "./marks/marks.ts";
import type { FirstPicture, PixelSlice } from "./pixels/fetch.ts";
import type { StudySource } from "./source.ts";
import { fitted, type Placement } from "./view/transform.ts";
import type { Axis } from "./volume/affine.ts";
import { VolumeView } from "./volume/volume.ts";
import { firstWindow, type ViewWindow } from "./windows.ts";

export const tools = ["window", "pan", "zoom", "cross", "length", "angle", "ellipse", "box"] as const;
export type Tool = (typeof tools)[number];

export const layouts = ["one", "planes", "priors"] as const;
export type LayoutName = (typeof layouts)[number];

/** An opened part. Its window is shared by all frames that show it. */
export interface PartView {
  readonly manifest: PartManifest;
  readonly window: Signal<ViewWindow | undefined>;
  readonly invert: Signal<boolean>;
  readonly volume?: VolumeView;
  /** Images and pages, by page. */
  readonly pictures: Signal<ReadonlyMap<number, PixelSlice>>;
  readonly problem: Signal<Error | undefined>;
}

export interface Frame {
  readonly id: string;
  readonly part: Signal<number>;
  /** For volumes: the voxel axis perpendicular to the displayed plane. */
  readonly across: Signal<Axis>;
  /** For documents: the current page. */
  readonly page: Signal<number>;
  readonly place: Signal<Placement>;
}

export class Reader {
  readonly parts = signal<readonly PartManifest[] | undefined>(undefined);
  readonly listing = signal<StudyParts | undefined>(undefined);
  readonly problem = signal<Error | undefined>(undefined);
  readonly first = signal<FirstPicture | undefined>(undefined);
  readonly layout = signal<LayoutName>("one");
  readonly frames = signal<readonly Frame[]>([]);
  readonly active = signal(0);
  readonly tool = signal<Tool>("window");
  readonly marks: Signal<Marks> = signal(noMarks);
  readonly selected = signal<string | undefined>(undefined);
  /** Whether the model's boxes are shown; some readers prefer to read first without them. */
  readonly showModel = signal(true);
  readonly cine = signal<number | undefined>(undefined);
  /** A region of a slide to navigate to. */
  readonly region = signal<
    { readonly part: number; readonly box: readonly [number, number, number, number] } | undefined
  >(undefined);
  /** Whether two volumes are scrolled together, in patient millimetres. */
  readonly linked = signal(true);
  readonly activeFrame = computed(() => this.frames.value[this.active.value] ?? this.frames.value[0]);
  /** Whether boxes can be drawn: only if there is a report to store them. */
  get draws(): boolean {
    return this.source.address !== undefined;
  }
  private readonly views = new Map<number, PartView>();
  private readonly abort = new AbortController();

  constructor(readonly source: StudySource) {
    void this.open();
  }

  private async open(): Promise<void> {
    const { signal } = this.abort;
    this.source.first(signal).then(
      (first) => {
        if (this.parts.peek() === undefined) this.first.value = first;
      },
      // The list of parts shows the error.
      () => {},
    );
    try {
      const listing = await this.source.parts(signal);
      batch(() => {
        this.listing.value = listing;
        this.parts.value = listing.parts;
        const start =
          listing.parts.findLast(({ kind }) => kind === "volume" || kind === "image") ?? listing.parts.at(-1);
        this.frames.value = [this.newFrame(start?.part ?? 0)];
      });
    } catch (error) {
      if (!signal.aborted) this.problem.value = error as Error;
    }
  }

  newFrame(part: number, across?: Axis): Frame {
    return {
      id: newId(),
      part: signal(part),
      across: signal(across ?? 2),
      page: signal(0),
      place: signal(fitted),
    };
  }

  /** Opened on first use. */
  view(part: number): PartView {
    const found = this.views.get(part);
    if (found !== undefined) return found;
    const manifest = this.parts.peek()![part];
    const view: PartView = {
      manifest,
      window: signal(undefined),
      invert: signal(false),
      pictures: signal(new Map()),
      problem: signal(undefined),
      ...(manifest.volume && { volume: new VolumeView(this.source, manifest) }),
    };
    this.views.set(part, view);
    if (manifest.kind === "image") void this.loadPicture(view, 0);
    return view;
  }

  async loadPicture(view: PartView, page: number): Promise<void> {
    if (view.pictures.peek().has(page)) return;
    try {
      const slice = await this.source.pixels(view.manifest.part, page, this.abort.signal);
      batch(() => {
        view.pictures.value = new Map(view.pictures.peek()).set(page, slice);
        view.window.value ??= firstWindow(view.manifest, slice);
        view.problem.value = undefined;
      });
    } catch (error) {
      if (!this.abort.signal.aborted) view.problem.value = error as Error;
    }
  }

  setLayout(name: LayoutName): void {
    const part = this.activeFrame.peek()?.part.peek() ?? 0;
    const parts = this.parts.peek() ?? [];
    batch(() => {
      this.layout.value = name;
      this.active.value = 0;
      if (name === "planes" && parts[part]?.volume !== undefined) {
        const { axial } = this.view(part).volume!;
        const others = ([0, 1, 2] as const).filter((axis) => axis !== axial);
        this.frames.value = [axial, ...others].map((axis) => this.newFrame(part, axis));
      } else if (name === "priors" && parts.length > 1) {
        const other =
          parts.findLast((one) => one.part !== part && one.kind === parts[part].kind) ??
          parts.find((one) => one.part !== part)!;
        this.frames.value = [other.part, part].sort((a, b) => a - b).map((one) => this.newFrame(one));
      } else {
        this.layout.value = "one";
        this.frames.value = [this.newFrame(part)];
      }
    });
  }

  show(part: number): void {
    const frame = this.activeFrame.peek();
    if (frame === undefined || this.parts.peek()?.[part] === undefined) return;
    batch(() => {
      if (this.layout.peek() === "planes") {
        this.frames.value = [this.newFrame(part)];
        this.layout.value = "one";
        this.active.value = 0;
        return;
      }
      frame.part.value = part;
      frame.across.value = 2;
      frame.page.value = 0;
      frame.place.value = fitted;
      this.selected.value = undefined;
    });
  }

  /** Navigates to a slice or page, in the active frame. */
  goTo(part: number, index?: number): void {
    const frame = this.activeFrame.peek();
    if (frame === undefined) return;
    if (frame.part.peek() !== part) this.show(part);
    const now = this.activeFrame.peek();
    const { volume } = this.view(part);
    if (index === undefined) return;
    if (volume) {
      now.across.value = 2;
      volume.moveTo(2, index);
    } else now.page.value = index;
  }

  /** Moves to the next or previous slice or page, or for an image, part. */
  step(by: number): void {
    const frame = this.activeFrame.peek();
    if (frame === undefined) return;
    const { volume, manifest } = this.view(frame.part.peek());
    if (volume) {
      const axis = frame.across.peek();
      volume.moveTo(axis, Math.round(volume.point.peek()[axis]) + by);
      this.follow(frame);
    } else if (manifest.pages) {
      frame.page.value = Math.max(0, Math.min(manifest.pages.length - 1, frame.page.peek() + by));
    }
  }

  jump(to: "first" | "last"): void {
    this.step(to === "first" ? -1e6 : 1e6);
  }

  /** Moves other volumes to the same patient position. */
  follow(frame: Frame): void {
    if (this.layout.peek() !== "priors" || !this.linked.peek()) return;
    const volume = this.view(frame.part.peek()).volume;
    if (volume === undefined || !volume.placed) return;
    const point = volume.toPatient(volume.point.peek());
    for (const other of this.frames.peek()) {
      const its = other === frame ? undefined : this.view(other.part.peek()).volume;
      if (its !== undefined && its !== volume && its.placed) its.lookAt(its.fromPatient(point));
    }
  }

  /**
   * Draws the regions a model located, marked as the model's, and navigates to the first one. Each result is drawn
   * once.
   */
  showLocated(found: readonly LocatedBox[]): void {
    if (found.length === 0) return;
    const { boxes, measures } = this.marks.peek();
    this.marks.value = {
      boxes: [...boxes.filter((box) => !found.some((one) => same(one, box))), ...found.map(modelBox)],
      measures,
    };
    this.goTo(found[0].part, found[0].index);
  }

  changeBox(id: string, change: (box: Box) => Box): void {
    this.marks.value = {
      ...this.marks.peek(),
      boxes: this.marks.peek().boxes.map((box) => (box.id === id ? change(box) : box)),
    };
  }

  removeSelected(): void {
    const id = this.selected.peek();
    if (id === undefined) return;
    const { boxes, measures } = this.marks.peek();
    batch(() => {
      this.marks.value = {
        boxes: boxes.filter((box) => box.id !== id),
        measures: measures.filter((measure) => measure.id !== id),
      };
      this.selected.value = undefined;
    });
  }

  close(): void {
    this.abort.abort();
    for (const { volume } of this.views.values()) volume?.close();
  }
}

const same = (one: LocatedBox, box: Box) =>
  one.part === box.part &&
  one.label === box.label &&
  one.box.x0 === box.x0 &&
  one.box.y0 === box.y0 &&
  one.box.x1 === box.x1;
