import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { hex } from "./bytes.ts"
import { leafHash } from "./log-leaf.ts"
import { inclusionPath, merkleRoot, verifyInclusion } from "./merkle-tree.ts"

const leaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
]
const hashes = leaves.map((leaf) => leafHash(Uint8Array.fromHex(leaf)))
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

const tree = fc
  .array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 40 })
  .map((contents) => contents.map(leafHash))
  .chain((leafHashes) => fc.tuple(fc.constant(leafHashes), fc.nat({ max: leafHashes.length - 1 })))

describe("the log's tree", () => {
  test("the reference leaves have the reference roots, for every size from 0 to 8", () => {
    expect(roots.map((_, size) => hex(merkleRoot(hashes.slice(0, size))))).toEqual(roots)
  })

  test("every leaf of every tree is proven by its path", () => {
    fc.assert(
      fc.property(tree, ([leafHashes, index]) => {
        const claim = { leafHash: leafHashes[index] ?? new Uint8Array(), index, size: leafHashes.length }
        expect(
          verifyInclusion({ ...claim, path: inclusionPath(leafHashes, index), root: merkleRoot(leafHashes) }),
        ).toBe(true)
      }),
    )
  })

  test("INV-07 another leaf, a cut or lengthened path, a flipped bit or an index beyond the tree proves nothing", () => {
    fc.assert(
      fc.property(tree, fc.nat({ max: 255 }), ([leafHashes, index], bit) => {
        const size = leafHashes.length
        const path = inclusionPath(leafHashes, index)
        const root = merkleRoot(leafHashes)
        const honest = { leafHash: leafHashes[index] ?? new Uint8Array(), index, size, path, root }
        const flipped = (bytes: Uint8Array) =>
          bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
        expect(verifyInclusion({ ...honest, leafHash: flipped(honest.leafHash) })).toBe(false)
        expect(verifyInclusion({ ...honest, root: flipped(root) })).toBe(false)
        expect(verifyInclusion({ ...honest, path: [...path, root] })).toBe(false)
        expect(verifyInclusion({ ...honest, index: size })).toBe(false)
        const bent = path.map((_, at) => path.map((hash, other) => (other === at ? flipped(hash) : hash)))
        const cut = path.map((_, at) => path.toSpliced(at, 1))
        for (const wrong of [...bent, ...cut]) expect(verifyInclusion({ ...honest, path: wrong })).toBe(false)
      }),
    )
  })

  test("asking for the path of a leaf that is not there is a bug", () => {
    expect(() => inclusionPath(hashes, 8)).toThrow("INV-07")
  })
})
