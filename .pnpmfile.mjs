// What pnpm does not understand in the manifests of the runtimes that package.json names: they say "os": "win32", and pnpm reads lists only.
// Owns: that correction, by which each machine downloads the runtime of its own system and no other. Does not own: which there are.

/** @typedef {{ name: string, os?: string | string[], cpu?: string | string[] }} Manifest */

export const hooks = {
  /** @type {(manifest: Manifest) => Manifest} */
  readPackage: (manifest) =>
    /^node-(bin-)?(darwin|linux|win)-/.test(manifest.name)
      ? { ...manifest, os: [manifest.os ?? []].flat(), cpu: [manifest.cpu ?? []].flat() }
      : manifest,
}
