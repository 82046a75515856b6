// Answers as values, and the one way to report a bug of this program.
// Owns: `Result`, the exhaustiveness check, `invariant`. Does not own: error codes (errors/).
// "No", "not yet" and bad input are `Result`s or values of their own; only a bug throws.

/** An answer that is either a value or a typed error. Switch on `ok`. */
export type Result<T, E> = Ok<T> | Err<E>
/** The good answer. */
export type Ok<T> = { readonly ok: true; readonly value: T }
/** The bad answer: no exception, a value. */
export type Err<E> = { readonly ok: false; readonly error: E }

/** The answer that carries a value. */
export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })

/** The answer that carries an error. */
export const err = <E>(error: E): Err<E> => ({ ok: false, error })

/** Ends an exhaustive switch: it compiles only while every variant was handled above it. */
export function assertNever(value: never): never {
  throw new Error(`a variant was not handled: ${typeof value}`)
}

/** The name of one promise of the system, as listed in docs/INVARIANTS.md. */
export type InvariantId =
  | "INV-01"
  | "INV-02"
  | "INV-03"
  | "INV-04"
  | "INV-05"
  | "INV-06"
  | "INV-07"
  | "INV-08"
  | "INV-09"
  | "INV-10"
  | "INV-11"
  | "INV-12"
  | "INV-13"
  | "INV-14"

/** What was seen when an invariant broke: ids, enums, numbers. Never text from outside, never a secret (INV-13). */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

/** A bug of this program, met before it could do harm. Boundaries report it as INVARIANT_BROKEN; no other code catches it. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken"
  readonly invariant: InvariantId
  readonly facts: Facts

  constructor(id: InvariantId, facts: Facts) {
    super(`${id} would not hold: ${JSON.stringify(facts)}`)
    this.invariant = id
    this.facts = facts
  }
}

/**
 * Checks one fact that this program's code guarantees; stays on in production.
 * Throws `InvariantBroken` when it does not hold. Bad input and bad stored data are `Result`s instead.
 */
export function invariant(condition: boolean, id: InvariantId, facts: Facts): asserts condition {
  if (!condition) throw new InvariantBroken(id, facts)
}
