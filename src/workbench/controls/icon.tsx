/** Icons on a 24-unit grid with one stroke width; each is next to text or has a label. */
const paths = {
  upload: "M12 16V4m0 0 5 5m-5-5L7 9M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
  search: "m20 20-4.5-4.5M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z",
  caution: "M12 9v4m0 3.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z",
  danger: "M12 8v5m0 3v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  edit: "M4 20h4L19 9a2 2 0 0 0 0-2.8L17.8 5A2 2 0 0 0 15 5L4 16v4Z",
  cross: "M6 6l12 12M18 6 6 18",
  undo: "M4 9h10a6 6 0 0 1 0 12h-3M4 9l4-4M4 9l4 4",
  plus: "M12 5v14M5 12h14",
  sun: "M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  keyboard: "M3 7h18v10H3zM7 10v.01M11 10v.01M15 10v.01M8 14h8M19 10v.01",
  people:
    "M15 19v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1m6-9a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm12 9v-1a4 4 0 0 0-3-3.9M15.5 4.2a3 3 0 0 1 0 5.6",
  list: "M8 6h12M8 12h12M8 18h12M4 6v.01M4 12v.01M4 18v.01",
  window: "M12 3v18m9-9a9 9 0 1 1-18 0 9 9 0 0 1 18 0ZM12 7l7 0M12 11l8.9 0M12 15l8.5 0",
  pan: "M12 3v18M3 12h18M12 3 9.5 5.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  zoom: "m20 20-4.5-4.5M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0ZM8 10.5h5M10.5 8v5",
  crosshair: "M12 3v6m0 6v6M3 12h6m6 0h6",
  length: "M4 20 20 4M4 14v6h6M20 10V4h-6",
  angle: "M5 19 15 5M5 19h15M10.5 11.5a8 8 0 0 1 3.2 7.5",
  ellipse: "M21 12c0 3.9-4 7-9 7s-9-3.1-9-7 4-7 9-7 9 3.1 9 7Z",
  region: "M5 16 3 9l6-5 5 3 6 1 1 7-6 5-5-2-5-2Z",
  box: "M5 5h14v14H5zM3 5h4M5 3v4M17 5h4M19 3v4M3 19h4M5 17v4M17 19h4M19 17v4",
  invert: "M12 3v18a9 9 0 0 0 0-18Zm0 0a9 9 0 0 0 0 18",
  rotate: "M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6",
  mirror: "M12 4v16M8 8l-4 8h4V8Zm8 0 4 8h-4V8Z",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  play: "M8 5v14l11-7L8 5Z",
  pause: "M8 5v14M16 5v14",
  one: "M4 5h16v14H4z",
  planes: "M4 5h16v14H4zM12 5v14M12 12h8",
  priors: "M4 5h16v14H4zM12 5v14",
  stacked: "M4 5h16v14H4zM4 12h16",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  spark:
    "M12 3l1.8 5.2L19 10l-5.2 1.8L12 17l-1.8-5.2L5 10l5.2-1.8L12 3ZM19 16l.7 2.3L22 19l-2.3.7L19 22l-.7-2.3L16 19l2.3-.7L19 16Z",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Z",
  stop: "M7 7h10v10H7z",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  sign: "M4 19h16M6 15c3-8 6-12 7-9s-5 9-3 9 3-4 5-4 0 4 3 4",
  download: "M12 4v12m0 0 5-5m-5 5-5-5M4 18v1a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-1",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  dots: "M5 12v.01M12 12v.01M19 12v.01",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
