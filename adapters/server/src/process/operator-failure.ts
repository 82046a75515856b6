// Explains to the person who runs a program why it failed, in one sentence, with what to do next.
// Owns: failures of the machine, the network, the database and an author's code. Does not own: failures of the program's own checks
// (SettingsError, StoreRefused and similar errors), which have sentences of their own. Any other error is a bug and has no sentence.
// Keeps INV-13: the sentence names the variable of a database address, not the address.

import { DefinitionError } from "@counterfoil/contracts"
import { BackupError, EmbeddedError, StoreRefused } from "@counterfoil/store"
import { isSystemError, systemFailure } from "@counterfoil/contracts/system-error"
import { SettingsError } from "../settings/data-folder.ts"

/** What went wrong, and what to do about it; `fix` is null where the sentence includes it. */
export interface OperatorFailure {
  readonly sentence: string
  readonly fix: string | null
}

/** What the process was configured to use; `hosts` distinguishes names to listen on from names to connect to. */
interface Places {
  readonly hosts: readonly string[]
  /** The variable whose address was connected to. */
  readonly database: string
}

const usual: Places = { hosts: [], database: "DATABASE_URL" }

/** The failure, for an error that the operator or the author can fix; null for any other error. */
export function operatorFailure(error: unknown, places: Places = usual): OperatorFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const found =
      ownFailure(cause) ??
      authorFailure(cause) ??
      addressFailure(cause, places) ??
      databaseFailure(cause, places) ??
      (isSystemError(cause) ? systemFailure(cause) : null)
    if (found !== null) return found
  }
  return null
}

const runAgain = "run the same command again"

function ownFailure(error: Error): OperatorFailure | null {
  const own = [SettingsError, EmbeddedError, StoreRefused, BackupError].some((kind) => error instanceof kind)
  if (!own) return null
  const inUse = error instanceof EmbeddedError && error.code === "dataFolderInUse"
  return { sentence: error.message, fix: inUse ? `Stop that process, and ${runAgain}.` : null }
}

/** A failure of code that an author wrote: a contract, or a module that cannot be loaded. */
function authorFailure(error: Error): OperatorFailure | null {
  if (error instanceof DefinitionError)
    return {
      sentence: sentenceOf(error.message),
      fix: `Correct it, and ${runAgain}; counterfoil contract lint checks contracts by themselves.`,
    }
  const place = brokenModule(error)
  return place === null
    ? null
    : {
        sentence: sentenceOf(`A module cannot be loaded: ${place}`),
        fix: `Correct that file, or run npm ci where a package is missing, and ${runAgain}.`,
      }
}

const moduleCodes = new Set([
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNSUPPORTED_ESM_URL_SCHEME",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
])

/** Node's message about a module that it cannot load, with the place where Node knows it. A parser of texts has other stack frames. */
function brokenModule(error: Error): string | null {
  if (moduleCodes.has(codeOf(error))) return error.message
  const stack = error.stack ?? ""
  const [frame = ""] = /^ +at .*$/m.exec(stack) ?? []
  if (!(error instanceof SyntaxError) || !frame.includes("node:internal/modules/")) return null
  const place = /^(?:file:\/\/)?(\S+:\d+)\n/.exec(stack)?.[1]
  return place === undefined ? error.message : `${place}: ${error.message}`
}

/** An address that cannot be listened on. */
function addressFailure(error: Error, { hosts }: Places): OperatorFailure | null {
  const code = codeOf(error)
  const { hostname, address, port } = error as Error &
    Partial<Record<"hostname" | "address" | "port", unknown>>
  const host = typeof hostname === "string" && hosts.includes(hostname) ? hostname : null
  if (code === "EADDRINUSE")
    return {
      sentence: `${portOf(port)}${typeof address === "string" ? ` of ${address}` : ""} is taken on this machine.`,
      fix: "Stop what listens there, or choose others with --port and --metrics-port.",
    }
  if (code === "EADDRNOTAVAIL" || host !== null)
    return {
      sentence: `${host ?? (typeof address === "string" ? address : "An address")} is not an address of this machine (${code}).`,
      fix: "Name one of this machine with --host and --metrics-host: 127.0.0.1, or 0.0.0.0 for all of them.",
    }
  if ((code === "EACCES" || code === "EPERM") && isSystemError(error) && /^(listen|bind)/.test(error.syscall))
    return {
      sentence: `This account may not listen on ${portOf(port).toLowerCase()}.`,
      fix: "Choose a port from 1024 on, with --port and --metrics-port.",
    }
  return null
}

const portOf = (port: unknown): string => (typeof port === "number" ? `Port ${port}` : "A port")

const unreachable = /^(ECONN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN|EPIPE)/

/** A database that cannot be used. */
function databaseFailure(error: Error, { database }: Places): OperatorFailure | null {
  const code = codeOf(error)
  if (unreachable.test(code) || error.message === "Connection terminated unexpectedly")
    return {
      sentence: `The database of ${database} cannot be reached${code === "" ? "" : ` (${code})`}.`,
      fix: `Start it, or correct the address in ${database}.`,
    }
  if (code === "28P01" || code === "28000" || code === "3D000")
    return {
      sentence: `The database of ${database} refuses this login or has no such database (${code}).`,
      fix: `Correct user, password and name in ${database}.`,
    }
  if (code === "42501")
    return {
      sentence: `The login of ${database} lacks a right (${code}).`,
      fix: "README.md says which logins there are, and what each may do.",
    }
  if (code === "55P03")
    return {
      sentence: `A lock in the database of ${database} was not free in time (${code}).`,
      fix: `Another program changes its tables: wait for it, or end it, and ${runAgain}.`,
    }
  if (error.message === "Query read timeout")
    return {
      sentence: `The database of ${database} took the connection and gave no session in time.`,
      fix: `A pooler may be out of sessions: give it more, and ${runAgain}.`,
    }
  if (code === "53100" || code === "53200")
    return {
      sentence: `The server of ${database} has no ${code === "53100" ? "disk space" : "memory"} left (${code}).`,
      fix: `Give it more, and ${runAgain}.`,
    }
  // For example unsupported session settings in a pooler, too many connections, or a server that starts or stops.
  if ("severity" in error && error.severity === "FATAL")
    return {
      sentence: sentenceOf(`The server of ${database} refuses the connection (${code}): ${error.message}`),
      fix: `Change what it names, in the server or in ${database}, and ${runAgain}.`,
    }
  return null
}

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "")
const sentenceOf = (text: string): string => (text.endsWith(".") ? text : `${text}.`)
