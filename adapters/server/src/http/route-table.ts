// Which routes there are, as they were registered.
// Owns: the list, and what a request that fits none of it is told. Does not own: any route.

import { refuse, type Refusal } from "@counterfoil/contracts"

/** The routes of one server. */
export interface RouteTable {
  add(route: { readonly method: string | readonly string[]; readonly url: string }): void
  /** As `METHOD /path`, sorted. */
  routes(): readonly string[]
  /** For a request that reached no route: METHOD_NOT_ALLOWED when its path has one with another method, else ROUTE_NOT_FOUND. */
  refusal(url: string): Refusal
}

type Method = "GET" | "POST"

/** An empty table. */
export function openRouteTable(): RouteTable {
  const methods = new Map<string, Set<Method>>()
  return {
    add: ({ method, url }) => {
      const of = methods.get(url) ?? new Set<Method>()
      for (const each of typeof method === "string" ? [method] : method)
        if (each === "GET" || each === "POST") of.add(each)
      methods.set(url, of)
    },
    routes: () => [...methods].flatMap(([url, of]) => [...of].map((method) => `${method} ${url}`)).sort(),
    refusal: (url) => {
      const path = url.split("?", 1)[0] ?? ""
      const found = [...methods].find(([route]) => formOf(route).test(path))
      return found === undefined
        ? refuse("ROUTE_NOT_FOUND", {})
        : refuse("METHOD_NOT_ALLOWED", { route: found[0], methods: [...found[1]].sort() })
    },
  }
}

/** Paths that a route with parameters covers. */
const formOf = (route: string): RegExp => new RegExp(`^${route.replaceAll(/:[A-Za-z]+/g, "[^/]+")}$`)
