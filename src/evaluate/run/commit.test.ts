import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitOf } from "./commit.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-commit-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the commit is that of the checkout itself: loose, packed, detached, of a worktree; never of a folder around it", async () => {
  const git = join(folder, "user", ".git");
  const checkout = join(folder, "user", "node_modules", "polyclinic");
  await mkdir(join(git, "refs", "heads"), { recursive: true });
  await mkdir(checkout, { recursive: true });
  await writeFile(join(git, "HEAD"), "ref: refs/heads/main\n");
  await writeFile(join(git, "packed-refs"), `# pack-refs\n${"a".repeat(40)} refs/heads/main\n`);
  expect(await commitOf(join(folder, "user"))).toBe("a".repeat(40));
  expect(await commitOf(checkout)).toBeUndefined();
  await writeFile(join(git, "refs", "heads", "main"), `${"b".repeat(40)}\n`);
  expect(await commitOf(join(folder, "user"))).toBe("b".repeat(40));
  const tree = join(git, "worktrees", "tree");
  await mkdir(tree, { recursive: true });
  await writeFile(join(tree, "HEAD"), `${"c".repeat(40)}\n`);
  await writeFile(join(checkout, ".git"), `gitdir: ${tree}\n`);
  expect(await commitOf(checkout)).toBe("c".repeat(40));
});
