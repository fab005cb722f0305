/** An image exactly as given to the model. */
import { useEffect, useRef } from "preact/hooks";
import type { Picture } from "../index.ts";

/** Draws the bytes unchanged: no browser decoding, scaling or colour management is involved. */
export function Pixels({ one }: { one: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, channels, data, label } = one;
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = context.createImageData(width, height);
    for (let i = 0, from = 0; i < pixels.data.length; i += 4, from += channels) {
      pixels.data[i] = data[from];
      pixels.data[i + 1] = data[channels === 1 ? from : from + 1];
      pixels.data[i + 2] = data[channels === 1 ? from : from + 2];
      pixels.data[i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  }, [one]);
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} />;
}
