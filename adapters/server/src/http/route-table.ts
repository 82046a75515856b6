// The list of registered routes.
// Owns: the list, and the refusal of a request that matches no route. Does not own: the routes.

import { refuse, type Refusal } from "@counterfoil/contracts"

/** The routes of one server. */
interface RouteTable {
  add(route: { readonly method: string | readonly string[]; readonly url: string }): void
  /** As `METHOD /path`, sorted. */
  routes(): readonly string[]
  /** For a request that matched no route: METHOD_NOT_ALLOWED when its path has a route with another method, else ROUTE_NOT_FOUND. */
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

/** Matches the paths of a route with parameters. */
const formOf = (route: string): RegExp => new RegExp(`^${route.replaceAll(/:[A-Za-z]+/g, "[^/]+")}$`)
