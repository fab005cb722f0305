/** Paths of files in memory, with `/` as separator. A dropped file's path is its name. */

export const sep = "/";

export function basename(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

export function dirname(path: string): string {
  const at = path.replace(/(?<=.)\/+$/, "").lastIndexOf("/");
  return at < 0 ? "." : at === 0 ? "/" : path.slice(0, at);
}

export function join(...parts: readonly string[]): string {
  const components: string[] = [];
  const path = parts.filter(Boolean).join("/");
  for (const component of path.split("/")) {
    if (component === "" || component === ".") continue;
    if (component === ".." && components.length > 0 && components.at(-1) !== "..") components.pop();
    else components.push(component);
  }
  return `${path.startsWith("/") ? "/" : ""}${components.join("/")}` || ".";
}
