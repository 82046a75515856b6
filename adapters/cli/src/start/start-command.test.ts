import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const main = fileURLToPath(new URL("../main.ts", import.meta.url))

test(
  "a start whose port is taken reports it and ends, with nothing left running; if the next port is taken too, it names the first",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "counterfoil-taken-"))
    const taken = createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const address = taken.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    // Another process may already use the port, which is as good for this test.
    const next = createServer()
      .on("error", () => {})
      .listen(port + 1, "127.0.0.1")
    const child = spawn(
      process.execPath,
      [main, "start", "--data", join(folder, "data"), "--port", String(port)],
      {
        env: { PATH: process.env["PATH"], HOME: folder },
        stdio: ["ignore", "ignore", "pipe"],
      },
    )
    try {
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString("utf8")
      })
      const ended = once(child, "exit", { signal: AbortSignal.timeout(50_000) })
      await expect(ended).resolves.toEqual([1, null])
      expect(said).toBe(
        `error FAILED  Port ${port} of 127.0.0.1 is taken on this machine.\n  fix: Stop what listens there, or choose others with --port and --metrics-port.\n  see: docs/cli.md\n`,
      )
    } finally {
      child.kill("SIGKILL")
      taken.close()
      next.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
)

test.each(["SIGINT", "SIGHUP"] as const)(
  "%s ends a start and its database, also when its output has no reader any more",
  { timeout: 60_000 },
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), "counterfoil-unread-"))
    const data = join(folder, "data")
    const child = spawn(process.execPath, [main, "start", "--data", data, "--port", "0"], {
      env: { PATH: process.env["PATH"], HOME: folder },
      stdio: ["ignore", "ignore", "pipe"],
    })
    const ended = once(child, "exit", { signal: AbortSignal.timeout(50_000) })
    try {
      for await (const chunk of child.stderr) if (String(chunk).includes("ready")) break
      const database = Number(await readFile(join(data, "port"), "utf8"))
      child.kill(signal)
      expect(await ended).toEqual([0, null])
      const asked = connect(database, "127.0.0.1")
      await expect(once(asked, "connect")).rejects.toThrow("ECONNREFUSED")
    } finally {
      child.kill("SIGKILL")
      await rm(folder, { recursive: true, force: true })
    }
  },
)
