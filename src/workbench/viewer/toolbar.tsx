/** The toolbar; each button's title contains its key. */
import { keyName } from "../app/keys.ts";
import { Icon, type IconName } from "../controls/icon.tsx";
import { words } from "../words/en.ts";
import { actualSize, choosePreset, chooseWholeRange, invertActive, keyOfTool, reset, toggleCine } from "./actions.ts";
import { layouts, type Reader, type Tool, tools } from "./reader.ts";
import { ctPresets } from "./windows.ts";

const icons: Readonly<Record<Tool, IconName>> = {
  window: "window",
  pan: "pan",
  zoom: "zoom",
  cross: "crosshair",
  length: "length",
  angle: "angle",
  ellipse: "ellipse",
  region: "region",
  box: "box",
};

/** A slide is moved with every tool but those that draw. */
const slideTools: readonly Tool[] = ["pan", "length", "angle", "ellipse", "region", "box"];

export function Toolbar({ reader }: { reader: Reader }) {
  const part = reader.activeFrame.value?.part.value ?? 0;
  const manifest = reader.parts.value && reader.manifest(part);
  const hasImages = manifest !== undefined && ["image", "volume", "video", "document"].includes(manifest.kind);
  const onSlide = manifest?.kind === "slide";
  if (!hasImages && !onSlide) return <div class="toolbar" />;
  const { actions } = words.viewer;
  const place = (change: object | ((turns: number) => object)) => {
    const frame = reader.activeFrame.peek();
    if (frame === undefined) return;
    const now = frame.place.peek();
    frame.place.value = { ...now, ...(typeof change === "function" ? change(now.turns) : change) };
  };
  return (
    <div class="toolbar" role="toolbar" aria-label={words.viewer.toolbar}>
      <div class="group">
        {tools
          .filter((tool) => !onSlide || slideTools.includes(tool))
          .filter((tool) => (tool !== "cross" || manifest.volume) && (tool !== "box" || reader.draws))
          .map((tool) => (
            <Button
              key={tool}
              icon={icons[tool]}
              label={words.viewer.tools[tool]}
              shortcut={keyOfTool(tool)}
              pressed={
                reader.tool.value === tool || (onSlide && tool === "pan" && !slideTools.includes(reader.tool.value))
              }
              onClick={() => {
                reader.tool.value = tool;
              }}
            />
          ))}
      </div>
      {!onSlide && (
        <div class="group">
          <Button icon="invert" label={actions.invert} shortcut="i" onClick={() => invertActive(reader)} />
          <Button
            icon="rotate"
            label={actions.rotateRight}
            shortcut="r"
            onClick={() => place((turns: number) => ({ turns: turns + 1 }))}
          />
          <Button
            icon="mirror"
            label={actions.mirror}
            shortcut="h"
            onClick={() => place({ mirrored: !reader.activeFrame.peek()?.place.peek().mirrored })}
          />
          <Button icon="fit" label={actions.reset} shortcut=" " onClick={() => reset(reader)} />
          <button type="button" class="button quiet" title={`${actions.actual} (/)`} onClick={() => actualSize(reader)}>
            1:1
          </button>
          {manifest.volume && (
            <Button
              icon={reader.cine.value === undefined ? "play" : "pause"}
              label={actions.cine}
              shortcut="c"
              pressed={reader.cine.value !== undefined}
              onClick={() => toggleCine(reader)}
            />
          )}
        </div>
      )}
      <div class="group">
        {layouts
          .filter(
            (name) =>
              name === "one" ||
              (name === "planes"
                ? manifest.volume
                : (reader.parts.value?.length ?? 0) > 1 || reader.priors.listed.value.length > 0),
          )
          .map((name) => (
            <Button
              key={name}
              icon={name}
              label={actions[name]}
              shortcut={{ one: "F1", planes: "F2", priors: "F3", stacked: "F4" }[name]}
              pressed={reader.layout.value === name}
              onClick={() => reader.setLayout(name)}
            />
          ))}
        {reader.beside.value && (
          <Button
            icon="link"
            label={actions.linked}
            shortcut="y"
            pressed={reader.linked.value}
            onClick={() => reader.link(!reader.linked.peek())}
          />
        )}
      </div>
      <div class="group">
        <Button
          icon="eye"
          label={actions.model}
          shortcut="q"
          pressed={reader.showModel.value}
          onClick={() => {
            reader.showModel.value = !reader.showModel.peek();
          }}
        />
        {!onSlide && (
          <select
            class="field preset"
            aria-label={words.viewer.presets}
            onChange={(event) => {
              const { value } = event.currentTarget;
              if (value === "") chooseWholeRange(reader);
              else choosePreset(reader, ctPresets[Number(value)]);
              event.currentTarget.selectedIndex = 0;
            }}
          >
            <option disabled selected>
              {words.viewer.presets}
            </option>
            <option value="">{words.viewer.wholeRange} (0)</option>
            {manifest.volume?.unit === "HU" &&
              ctPresets.map(({ name, key }, i) => (
                <option key={key} value={i}>
                  {name} ({key})
                </option>
              ))}
          </select>
        )}
      </div>
    </div>
  );
}

interface ButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut: string;
  readonly pressed?: boolean | undefined;
  readonly onClick: () => void;
}

function Button({ icon, label, shortcut, pressed, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      class="button quiet icon"
      aria-label={label}
      aria-pressed={pressed}
      title={`${label} (${keyName(shortcut)})`}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
