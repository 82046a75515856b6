// Why an embedded PostgreSQL could not be started, as a closed set of codes.
// Owns: the codes and their sentences. Does not own: what the caller prints or whether it tries again.

/** Closed set: what kept the embedded database from running. A caller switches on it without reading prose. */
export type EmbeddedErrorCode =
  /** Another live process owns the data folder; `holderPid` names it. */
  | "dataFolderInUse"
  /** No PostgreSQL package is installed for this platform and processor. */
  | "platformUnsupported"
  /** The data folder was written by another major version, or this account may not read it. */
  | "dataFolderUnusable"
  /** `initdb` failed; the message carries its last lines. */
  | "initFailed"
  /** The server did not become ready; the message carries the last lines of its log. */
  | "startFailed"

/** An error of the launcher. `holderPid` is set for `dataFolderInUse` only. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode
  readonly holderPid: number | null

  constructor(code: EmbeddedErrorCode, message: string, holderPid: number | null = null) {
    super(message)
    this.name = "EmbeddedError"
    this.code = code
    this.holderPid = holderPid
  }
}
