// Typed values as the JSON that they are, for digesting.
// Owns: the one place that states this to the type checker. The serializer checks it again, value by value.

import type { Json } from "@counterfoil/contracts"

/** A value that is JSON by construction; absent optional fields are dropped. Throws when it is not JSON. */
export const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
