// Members that are made when they are first read: the JSON Schemas, documents and digests of contracts, which take most of the
// time in which a process loads them. A command line reads those of two or three contracts and loads all of them.

/** What makes a value, once; later calls return the same one. What throws throws again at the next call. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

/** The object with the further members, each made when it is first read. A copy of it (`{ ...object }`) holds them made. */
export function withDerived<T extends object, D extends object>(
  stated: T,
  derived: { readonly [K in keyof D]: () => D[K] },
): T & D {
  const whole: object = { ...stated }
  for (const [name, make] of Object.entries<() => unknown>(derived))
    Object.defineProperty(whole, name, { get: once(make), enumerable: true })
  return whole as T & D // each member of D was defined just now
}
