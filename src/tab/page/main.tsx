import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./state.ts";
import "../../workbench/style/tokens.css";
import "../../workbench/style/base.css";
import "../../workbench/style/controls.css";
import "../../workbench/style/shell.css";
import "./page.css";

render(<App />, document.getElementById("app")!);
void start();
