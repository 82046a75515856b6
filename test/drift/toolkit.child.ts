// What the toolkit of GitHub Actions writes for annotations: a process of its own, because the toolkit writes to its output.
// Owns: handing them over. The only argument is a list of `{level, message, properties}` as JSON.

import { error, notice, warning } from "@actions/core"
import { z } from "zod"

const Annotations = z.array(
  z.object({
    level: z.enum(["error", "warning", "notice"]),
    message: z.string(),
    properties: z.object({ title: z.string(), file: z.string(), startLine: z.int() }),
  }),
)
const write = { error, warning, notice }
for (const { level, message, properties } of Annotations.parse(JSON.parse(process.argv[2] ?? "")))
  write[level](message, properties)
