// Why this database is not used, as a closed set of codes.
// Owns: the codes. Does not own: the checks that find them (check-server.ts, migrate.ts).

/** Closed set: what makes a database unfit. Each is for an operator to mend; none goes away by itself. */
export type StoreRefusedCode =
  | "serverTooOld"
  | "notDurable"
  | "readOnlyServer"
  | "wrongEncoding"
  | "schemaTooNew"
  | "schemaMissing"
  | "migrationFailed"
  | "privilegesTooWide"
  | "wrongEnvironment"
  | "sessionsNotKept"
  | "lockHeld"

/** A database that will not be used, with the sentence that says what to mend. */
export class StoreRefused extends Error {
  readonly code: StoreRefusedCode

  constructor(code: StoreRefusedCode, message: string) {
    super(message)
    this.name = "StoreRefused"
    this.code = code
  }
}
