import type { Time } from "@counterfoil/contracts"
import { callbackLaws } from "../laws/callback-laws.ts"
import { directoryLaws } from "../laws/directory-laws.ts"
import { governingLaws } from "../laws/governing-laws.ts"
import { sampleEnvironment } from "../laws/sample-append.ts"
import { traceStoreLaws } from "../laws/trace-store-laws.ts"
import { memoryStore } from "./memory-store.ts"

const now = (): Time => "2026-11-21T09:00:00.000Z" as Time
const open = () => Promise.resolve(memoryStore(sampleEnvironment, now))

traceStoreLaws("memory", open)
directoryLaws("memory", open)
governingLaws("memory", open)
callbackLaws("memory", open)
