/**
 * Viewer state of a study: open parts, the content of each frame, the selected tool, annotations.
 *
 * Over 300 lines because frames, parts and marks change together, in one batch.
 */
import { batch, computed, type Signal, signal } from "@preact/signals";
import type { Axis } from "../../study/display/voxels.ts";
import type { LocatedBox, PartManifest, StudyParts } from "../api/types.ts";
import { type Box, type Marks, type Measure, modelBox, newId, noMarks } from "./marks/marks.ts";
import { DetailTiles } from "./pixels/detail.ts";
import type { FirstPicture, PixelSlice } from "./pixels/fetch.ts";
import { counterpart, type OpenedStudy, Priors } from "./priors.ts";
import type { StudySource } from "./source.ts";
import { Linked } from "./view/linked.ts";
import type { Shown } from "./view/shown.ts";
import { fitted, type Placement } from "./view/transform.ts";
import { VolumeView } from "./volume/volume.ts";
import { firstWindow, type ViewWindow } from "./windows.ts";

export const tools = ["window", "pan", "zoom", "cross", "length", "angle", "ellipse", "region", "box"] as const;
export type Tool = (typeof tools)[number];

export const layouts = ["one", "planes", "priors", "stacked"] as const;
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
  /** Share of a large image that has arrived, while it arrives. */
  readonly progress: Signal<number | undefined>;
  /** The tiles of a very large image; its picture is then the smallest size. */
  readonly detail?: DetailTiles;
}

/** Pixels of the small image that precedes a large one. */
const firstPixels = 5e5;

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
  /** Whether frames beside each other are scrolled, zoomed and moved together. */
  readonly linked = signal(true);
  /** Whether two frames are compared. */
  readonly beside = computed(() => this.layout.value === "priors" || this.layout.value === "stacked");
  readonly priors = new Priors();
  /** Measurements on other studies, which are never part of this study's report. */
  readonly passing = signal<readonly Measure[]>([]);
  /** The outline that is being drawn. */
  readonly sketch = signal<Measure | undefined>(undefined);
  /** The vertex of the selected region that keys move. */
  readonly vertex = signal<number | undefined>(undefined);
  readonly together = new Linked(this);
  /** What a slide's frame shows: it has its own deep zoom. `seen` is the visible region, in pixels of the slide. */
  readonly slide = signal<
    { readonly shown: Shown; readonly seen: readonly [x0: number, y0: number, x1: number, y1: number] } | undefined
  >(undefined);
  readonly activeFrame = computed(() => this.frames.value[this.active.value] ?? this.frames.value[0]);
  /** Whether boxes can be drawn: only if there is a report to store them. */
  get draws(): boolean {
    return this.source.address !== undefined;
  }
  private readonly views = new Map<number, PartView>();
  private readonly abort = new AbortController();
  private readonly stop = this.together.watchPlaces();

  constructor(readonly source: StudySource) {
    void this.open();
  }

  /** A part of the current study or of one opened beside it. */
  manifest(part: number): PartManifest | undefined {
    const prior = this.priors.of(part);
    return prior === undefined ? this.parts.peek()?.[part] : prior.parts[part - prior.from];
  }

  /** URL of a part on the server; undefined in the tab application. */
  addressOf(part: number): string | undefined {
    const { from, source } = this.priors.of(part) ?? { from: 0, source: this.source };
    return source.address && `${source.address}/parts/${part - from}`;
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
    const manifest = this.manifest(part)!;
    const source = this.priors.of(part)?.source ?? this.source;
    const view: PartView = {
      manifest,
      window: signal(undefined),
      invert: signal(false),
      pictures: signal(new Map()),
      problem: signal(undefined),
      progress: signal(undefined),
      ...(manifest.image?.levels && source.level && { detail: this.detailOf(source, manifest) }),
      ...(manifest.volume && { volume: new VolumeView(source, manifest) }),
    };
    this.views.set(part, view);
    if (manifest.kind === "image") void this.loadPicture(view, 0);
    return view;
  }

  private detailOf(source: StudySource, { part, image }: PartManifest): DetailTiles {
    const { width, height, levels } = image!;
    return new DetailTiles(width, height, levels!, (level, x, y) =>
      source.level!(part, level, this.abort.signal, [x, y]),
    );
  }

  async loadPicture(view: PartView, page: number): Promise<void> {
    if (view.pictures.peek().has(page) || view.progress.peek() !== undefined) return;
    const { part, image } = view.manifest;
    const source = this.priors.of(part)?.source ?? this.source;
    const { signal } = this.abort;
    const put = (slice: PixelSlice) =>
      batch(() => {
        view.pictures.value = new Map(view.pictures.peek()).set(page, slice);
        view.window.value ??= firstWindow(view.manifest, slice);
        view.problem.value = undefined;
      });
    try {
      if (view.detail !== undefined) {
        put(await source.level!(part, image!.levels! - 1, signal));
        return;
      }
      // A large image is first shown small: it is there at once, also over a slow network.
      const pixels = image ? (image.width * image.height) / image.reduce ** 2 : 0;
      if (pixels > 2 * firstPixels && source.averaged) {
        view.progress.value = 0;
        put(await source.averaged(part, page, Math.ceil(Math.sqrt(pixels / firstPixels)), signal));
      }
      put(
        await source.pixels(part, page, signal, (share) => {
          // In steps of a percent: each is drawn.
          if (share - (view.progress.peek() ?? 0) >= 0.01) view.progress.value = share;
        }),
      );
    } catch (error) {
      if (!signal.aborted) view.problem.value = error as Error;
    } finally {
      view.progress.value = undefined;
    }
  }

  setLayout(name: LayoutName): void {
    const frames = this.frames.peek();
    const part = this.activeFrame.peek()?.part.peek() ?? 0;
    const own =
      this.priors.of(part) === undefined ? part : (frames.find((one) => !this.foreign(one))?.part.peek() ?? 0);
    const beside = name === "priors" || name === "stacked";
    if (beside && this.beside.peek()) {
      this.layout.value = name;
      return;
    }
    const [prior] = this.priors.opened.peek();
    const [latest] = this.priors.earlier();
    if (beside && prior === undefined && latest !== undefined && this.parts.peek()?.length === 1) {
      void this.openPrior(latest.id, name);
      return;
    }
    const { volume } = this.manifest(part) ?? {};
    batch(() => {
      this.layout.value = name;
      this.active.value = 0;
      const pair = beside ? (prior ? this.pairWith(prior, own) : this.pairWithin(own)) : undefined;
      if (name === "planes" && volume !== undefined) {
        const { axial } = this.view(part).volume!;
        const others = ([0, 1, 2] as const).filter((axis) => axis !== axial);
        this.frames.value = [axial, ...others].map((axis) => this.newFrame(part, axis));
      } else if (pair !== undefined) {
        this.frames.value = pair.map((one) => this.newFrame(one));
        this.active.value = pair.indexOf(own);
      } else {
        this.layout.value = "one";
        this.frames.value = [this.newFrame(part)];
      }
    });
    this.together.align();
  }

  private foreign(frame: Frame): boolean {
    return this.priors.of(frame.part.peek()) !== undefined;
  }

  /** A part of another study and one of this study, the earlier study first. */
  private pairWith(prior: OpenedStudy, own: number): readonly number[] | undefined {
    const like = this.manifest(own);
    const other = like && counterpart(prior.parts, like);
    if (other === undefined) return undefined;
    const later = prior.row.date > (this.priors.current.peek()?.date ?? "");
    return later ? [own, other.part] : [other.part, own];
  }

  private pairWithin(own: number): readonly number[] | undefined {
    const parts = this.parts.peek() ?? [];
    const other =
      parts.findLast((one) => one.part !== own && one.kind === parts[own].kind) ??
      parts.find((one) => one.part !== own);
    return other && [other.part, own].sort((a, b) => a - b);
  }

  /** Opens another study of the patient beside this one. @returns what went wrong. */
  async openPrior(id: string, layout: LayoutName = "priors"): Promise<Error | undefined> {
    const { other } = this.source;
    if (other === undefined) return undefined;
    try {
      const prior = await this.priors.open(id, other(id), this.abort.signal);
      batch(() => {
        const own =
          this.frames
            .peek()
            .find((one) => !this.foreign(one))
            ?.part.peek() ?? 0;
        const pair = this.pairWith(prior, own);
        if (pair === undefined) return;
        this.layout.value = layout;
        this.frames.value = pair.map((one) => this.newFrame(one));
        this.active.value = pair.indexOf(own);
        this.selected.value = undefined;
      });
      this.together.align();
      return undefined;
    } catch (error) {
      return this.abort.signal.aborted ? undefined : (error as Error);
    }
  }

  /** Closes every other study; its frames give way to one of this study. */
  closePriors(): void {
    const own =
      this.frames
        .peek()
        .find((one) => !this.foreign(one))
        ?.part.peek() ?? 0;
    batch(() => {
      this.layout.value = "one";
      this.frames.value = [this.newFrame(own)];
      this.active.value = 0;
      this.passing.value = [];
      for (const study of this.priors.opened.peek()) {
        for (const { part } of study.parts) {
          this.views.get(part)?.volume?.close();
          this.views.delete(part);
        }
        this.priors.close(study);
      }
    });
  }

  show(part: number): void {
    // Each study keeps its side: a part replaces another of its own study.
    const study = this.priors.of(part);
    const side = this.frames.peek().findIndex((one) => this.priors.of(one.part.peek()) === study);
    const active = this.activeFrame.peek();
    const keeps = active !== undefined && this.priors.of(active.part.peek()) === study;
    const frame = keeps || side < 0 ? active : this.frames.peek()[side];
    if (frame === undefined || this.manifest(part) === undefined) return;
    batch(() => {
      this.active.value = this.frames.peek().indexOf(frame);
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
    this.together.align();
  }

  /** Navigates to a slice or page, in the active frame. @param across the voxel axis that `index` counts along. */
  goTo(part: number, index?: number, across: Axis = 2): void {
    const frame = this.activeFrame.peek();
    if (frame === undefined) return;
    if (frame.part.peek() !== part) this.show(part);
    const now = this.activeFrame.peek();
    const { volume } = this.view(part);
    if (index === undefined) return;
    if (volume) {
      now.across.value = across;
      volume.moveTo(across, index);
    } else now.page.value = index;
  }

  /** Navigates to a box or measurement, on a slide with its surroundings. */
  reveal(mark: Box | Measure): void {
    this.goTo(mark.part, mark.index, "points" in mark ? mark.across : 2);
    if (this.manifest(mark.part)?.kind !== "slide") return;
    const corners =
      "points" in mark
        ? mark.points
        : ([
            [mark.x0, mark.y0],
            [mark.x1, mark.y1],
          ] as const);
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const margin = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), 64);
    this.region.value = {
      part: mark.part,
      box: [Math.min(...xs) - margin, Math.min(...ys) - margin, Math.max(...xs) + margin, Math.max(...ys) + margin],
    };
  }

  /** Moves to the next or previous slice or page, or for an image, part. */
  step(by: number): void {
    const frame = this.activeFrame.peek();
    if (frame === undefined) return;
    const { volume, manifest } = this.view(frame.part.peek());
    if (volume) {
      const axis = frame.across.peek();
      volume.moveTo(axis, Math.round(volume.point.peek()[axis]) + by);
      this.together.follow(frame);
    } else if (manifest.pages) {
      frame.page.value = Math.max(0, Math.min(manifest.pages.length - 1, frame.page.peek() + by));
    }
  }

  jump(to: "first" | "last"): void {
    this.step(to === "first" ? -1e6 : 1e6);
  }

  /** Links the frames, or frees them; positions and scale from then on are those of this moment. */
  link(on: boolean): void {
    this.linked.value = on;
    this.together.align();
  }

  putMeasure(measure: Measure): void {
    // In its place: lists of marks keep their order while one is changed.
    const others = (all: readonly Measure[]) =>
      all.some(({ id }) => id === measure.id)
        ? all.map((one) => (one.id === measure.id ? measure : one))
        : [...all, measure];
    if (this.priors.of(measure.part) !== undefined) this.passing.value = others(this.passing.peek());
    else {
      const { boxes, measures } = this.marks.peek();
      this.marks.value = { boxes, measures: others(measures) };
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

  /** A model's box that a person moves or renames is no longer what the model located: it becomes the person's. */
  changeBox(id: string, change: (box: Box) => Box): void {
    const changed = (box: Box): Box => {
      const now = change(box);
      const alike = now.label === box.label && corners.every((corner) => now[corner] === box[corner]);
      return alike ? now : { ...now, origin: "person" };
    };
    this.marks.value = {
      ...this.marks.peek(),
      boxes: this.marks.peek().boxes.map((box) => (box.id === id ? changed(box) : box)),
    };
  }

  labelMeasure(id: string, label: string): void {
    const measure = this.marks.peek().measures.find((one) => one.id === id);
    if (measure !== undefined) this.putMeasure({ ...measure, label });
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
      this.passing.value = this.passing.peek().filter((measure) => measure.id !== id);
      this.selected.value = undefined;
    });
  }

  close(): void {
    this.stop();
    this.abort.abort();
    for (const { volume } of this.views.values()) volume?.close();
  }
}

const corners = ["x0", "y0", "x1", "y1"] as const;

const same = (one: LocatedBox, box: Box) =>
  one.part === box.part &&
  one.label === box.label &&
  one.box.x0 === box.x0 &&
  one.box.y0 === box.y0 &&
  one.box.x1 === box.x1 &&
  one.box.y1 === box.y1;
