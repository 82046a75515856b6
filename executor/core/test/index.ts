// The way into `executor/core/test`.

export {
  contracts,
  environment,
  executionId,
  planOf,
  start,
  tallyAll,
  tenant,
  worker,
  World,
} from "./world.ts"
