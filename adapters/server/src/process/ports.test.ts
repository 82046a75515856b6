import { describe, expect, test } from "vitest"
import { readPorts } from "./ports.ts"

describe("the ports of a process", () => {
  test("health and metrics are at the port beside the calls, also at the last port, and 0 gives free ports", () => {
    expect(readPorts(null, null)).toEqual({ port: 7420, metricsPort: 7421 })
    expect(readPorts("65535", null)).toEqual({ port: 65_535, metricsPort: 65_534 })
    expect(readPorts("0", null)).toEqual({ port: 0, metricsPort: 0 })
    expect(readPorts("80", "9000")).toEqual({ port: 80, metricsPort: 9000 })
  })

  test("the error for a value that is not a port names its flag", () => {
    for (const text of ["65536", "-1", "1.5", "", "http"])
      expect(() => readPorts(text, null)).toThrow("--port is a number from 0 to 65535.")
    expect(() => readPorts("1", "x")).toThrow("--metrics-port is a number from 0 to 65535.")
  })
})
