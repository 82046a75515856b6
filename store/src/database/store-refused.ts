// Why this database is not used, as a closed set of codes.
// Owns: the codes. Does not own: the checks that find them (check-server.ts, migrate.ts).

/** Closed set: reasons why a database is unfit. An operator has to fix each; none goes away by itself. */
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

/** A database that will not be used, with a sentence that says what to fix. */
export class StoreRefused extends Error {
  readonly code: StoreRefusedCode

  constructor(code: StoreRefusedCode, message: string) {
    super(message)
    this.name = "StoreRefused"
    this.code = code
  }
}
