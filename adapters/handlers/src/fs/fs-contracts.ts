// The contracts of the file handlers: read or replace a text file below a configured folder.
// Owns: these contracts. Does not own: the list of folders (configuration), nor reaching the files (jail.ts).
// Folders are named, never given as a path, so that no plan reaches one that its operator has not opened (INV-12).

import { defineCommand, defineQuery, mark } from "@counterfoil/contracts"
import { z } from "zod"
import { fsRead, fsWrite } from "../capabilities.ts"
import { configuredName, longText, relativePath } from "../fields.ts"

const owners = ["ai-runtime"]
const root = mark(configuredName, ["policy"])

export const fsFileRead = defineQuery({
  name: "fs.file.read",
  version: "1.2.0",
  meta: {
    title: "Read a file",
    goal: "The text of a file below one of the configured folders.",
    context:
      "For text of at most 64 KiB in UTF-8. Links, devices and files with a second name are refused. Not for binary files.",
    owners,
    tags: ["fs"],
    stability: "beta",
  },
  input: z.strictObject({ root, path: relativePath }),
  output: z.strictObject({ text: longText, bytes: z.int().min(0) }),
  capability: fsRead.name,
  resource: { kind: "folder", at: "/root" },
  examples: [
    {
      title: "a file",
      input: { root: "reports", path: "2026/november.md" },
      output: { text: "# November\n", bytes: 11 },
    },
    { title: "out of the folder", input: { root: "reports", path: "../secrets.md" }, fails: "/path" },
    { title: "an absolute path", input: { root: "reports", path: "/etc/passwd" }, fails: "/path" },
  ],
})

export const fsFileWrite = defineCommand({
  name: "fs.file.write",
  version: "1.1.0",
  meta: {
    title: "Write a file",
    goal: "A file below one of the configured folders holds exactly this text.",
    context:
      "Replaces the file as a whole, or makes it with the folders on the way. A reader sees the old text or the new, never a part.",
    owners,
    tags: ["fs"],
    stability: "beta",
  },
  input: z.strictObject({ root, path: relativePath, text: longText }),
  output: z.strictObject({ path: relativePath, bytes: z.int().min(0) }),
  capability: fsWrite.name,
  effect: "natural",
  resource: { kind: "folder", at: "/root" },
  preview: [
    { label: "Folder", at: "/root" },
    { label: "File", at: "/path" },
    { label: "Text", at: "/text" },
  ],
  examples: [
    {
      title: "a file",
      input: { root: "reports", path: "2026/november.md", text: "# November\n" },
      output: { path: "2026/november.md", bytes: 11 },
    },
    { title: "a folder's parent", input: { root: "reports", path: "a/../../b", text: "" }, fails: "/path" },
  ],
})
