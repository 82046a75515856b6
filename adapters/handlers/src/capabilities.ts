// The capabilities of the built-in handlers, which grants can give.
// Owns: their names and texts. Does not own: which contract needs which (the contracts name it).

import { defineCapability, type Capability } from "@counterfoil/contracts"

const owners = ["ai-runtime"]
const capability = (
  name: string,
  words: { readonly title: string; readonly goal: string; readonly context: string },
): Capability =>
  defineCapability({
    name,
    requires: [],
    meta: { ...words, owners, tags: ["handler", name.split(".")[0] ?? name], stability: "beta" },
  })

/** Gives `git.log.read`. */
export const gitRead = capability("git.read", {
  title: "Read repositories",
  goal: "Read the history of the repositories that the operator configured.",
  context: "For principals that prepare releases or reports. It gives no write.",
})
/** Gives the writing git commands and the release intent. */
export const gitWrite = capability("git.write", {
  title: "Write to repositories",
  goal: "Write files, commits and tags into the repositories that the operator configured.",
  context: "For principals that release or maintain a repository. Policy decides which steps people approve.",
})
/** Gives `fs.file.read`. */
export const fsRead = capability("fs.read", {
  title: "Read files",
  goal: "Read text files below the folders that the operator configured.",
  context: "For principals that work on files in a shared folder. It gives no write.",
})
/** Gives `fs.file.write`. */
export const fsWrite = capability("fs.write", {
  title: "Write files",
  goal: "Write text files below the folders that the operator configured as writable.",
  context: "For principals that produce files. Writing replaces the whole file.",
})
/** Gives every HTTP request. */
export const httpCall = capability("http.call", {
  title: "Call other services",
  goal: "Send HTTP requests to the origins that the operator configured.",
  context:
    "For principals that integrate services without a contract of their own. Prefer a contract that names the act.",
})
/** Gives `text.template.render`. */
export const textCompute = capability("text.compute", {
  title: "Compute texts",
  goal: "Render texts from templates and values, without touching the outside.",
  context: "Safe for every principal: the output depends on the input alone.",
})
/** Gives `process.command.run`. */
export const processRun = capability("process.run", {
  title: "Run programs",
  goal: "Run the programs that the operator configured, with arguments of a fixed form.",
  context: "For principals that drive builds or tools. Nothing runs that the operator has not listed.",
})

/** All of them, in the order of this page. */
export const handlerCapabilities: readonly Capability[] = [
  gitRead,
  gitWrite,
  fsRead,
  fsWrite,
  httpCall,
  textCompute,
  processRun,
]
