// Cursors: the place after which a page goes on, sealed so that it fits only the query that gave it.
// Owns: the form and its seal. Does not own: sorting and paging (store), nor what a query is (each list service).
// Keeps INV-10: the tenant is under the seal, so a cursor of another tenant opens nothing.

import { createHmac, timingSafeEqual } from "node:crypto"
import { z } from "zod"
import {
  Cursor,
  canonical,
  canonicalBytes,
  err,
  ok,
  parseJson,
  refuse,
  type Json,
  type Refusal,
  type Result,
  type TenantId,
} from "@counterfoil/contracts"
import type { Position } from "@counterfoil/contracts/ports"

/** Seals and opens cursors with one secret of this installation. `query` is the input without `cursor` and `limit`. */
export interface CursorCodec {
  seal(tenant: TenantId, query: Json, position: Position): Cursor
  /** Errors: CURSOR_INVALID for anything that this tenant and query did not give. */
  open(tenant: TenantId, query: Json, cursor: string): Result<Position, Refusal>
}

/** A bare cursor is a string of the contract's form. */
type Cursor = ReturnType<typeof Cursor.parse>

// Half of the 32 bytes: a forger has one guess a request, and cursors stay short.
const sealBytes = 16
const cursorForm = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{22})$/

/** The codec of an installation. `secret` has at least 32 random bytes and outlives the process, or open lists start over. */
export function cursorCodec(secret: Uint8Array): CursorCodec {
  const sealOf = (tenant: TenantId, query: Json, position: string): string =>
    createHmac("sha256", secret)
      .update(canonicalBytes(["counterfoil.cursor.v1", tenant, query, position]))
      .digest()
      .subarray(0, sealBytes)
      .toString("base64url")
  return {
    seal: (tenant, query, { value, id }) => {
      const position = Buffer.from(canonical([value, id])).toString("base64url")
      return Cursor.parse(`${position}.${sealOf(tenant, query, position)}`)
    },
    open: (tenant, query, cursor) => {
      const [, position, seal] = cursorForm.exec(cursor) ?? []
      if (position === undefined || seal === undefined) return foreign
      return timingSafeEqual(Buffer.from(seal), Buffer.from(sealOf(tenant, query, position)))
        ? positionOf(position)
        : foreign
    },
  }
}

const foreign = err(refuse("CURSOR_INVALID", {}))

const SealedPlace = z.tuple([z.string(), z.string()])

function positionOf(sealed: string): Result<Position, Refusal> {
  const parsed = parseJson(Buffer.from(sealed, "base64url"))
  const place = SealedPlace.safeParse(parsed.ok ? parsed.value : null)
  return place.success ? ok({ value: place.data[0], id: place.data[1] }) : foreign
}
