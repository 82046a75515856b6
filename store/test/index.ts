// The way into `store/test`.

export { memoryStore } from "./memory/memory-store.ts"
