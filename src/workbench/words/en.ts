/** Every word of the workbench, in English. Another language is another file of this shape. */

import { askWords } from "./ask.ts";
import { peopleWords } from "./people.ts";
import { reportWords } from "./report.ts";
import { studiesWords } from "./studies.ts";
import { viewerWords } from "./viewer.ts";

export const words = {
  product: "Polyclinic",
  notice: "Research software, not a medical device",
  noticeLong:
    "Research software. Not a medical device: not for diagnosis, treatment or any other clinical use. Verify every statement independently.",
  close: "Close",
  cancel: "Cancel",
  retry: "Try again",
  loading: "Loading",
  skip: "Skip to content",
  theme: { toLight: "Light theme", toDark: "Dark theme" },
  nav: { label: "Main", studies: "Studies", people: "Reader studies" },
  help: {
    title: "Keyboard and mouse",
    open: "Keyboard and mouse",
    always: "Everywhere",
    mouse: "Mouse in the viewer",
    fields: "In a text field or question",
    /** Keys that a field or question handles itself; help.test.ts compares them with the code. */
    fieldLines: [
      ["Enter", "finish the sentence; send the question"],
      ["Escape", "leave the field; a sentence is as it was before"],
      ["1 to 5", "what was wrong with the sentence"],
      ["y", "it is clinically significant"],
      ["n", "it is not clinically significant"],
    ],
    mouseLines: [
      ["Left button", "the selected tool"],
      ["Middle button", "move the image"],
      ["Right button", "zoom"],
      ["Wheel", "scroll through slices; zoom a single image"],
      ["Ctrl + wheel", "zoom"],
      ["Two fingers", "zoom and move"],
    ],
  },
  session: {
    loggedIn: (name: string) => `Logged in as ${name}`,
    logOut: "Log out",
    expiredTitle: "Log in again",
    expired:
      "This browser is not logged in, or the session has expired. Your input is not lost: it is stored on this computer and saved after you log in.",
    how: "Open a login link in another tab of this browser; this page then continues automatically. The server prints one in its terminal when it starts.",
    ask: "Print a new link in the server's terminal",
    asked: "The link was printed in the terminal in which polyclinic serve runs.",
    notHere: "This server does not offer login links: ask its administrator for one.",
    offline: "The server does not respond. Retrying; your input is stored on this computer.",
  },
  viewer: viewerWords,
  studies: studiesWords,
  report: reportWords,
  ask: askWords,
  people: peopleWords,
} as const;
