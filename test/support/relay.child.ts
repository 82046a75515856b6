// A relay in a process of its own, for tests that kill it.
// Owns: killing itself between a publish and the move of the cursor, after the given number of moves.

import { connect } from "@nats-io/transport-node"
import { openNatsBus } from "@counterfoil/server/queue"
import { startRelay } from "@counterfoil/server/outbound"
import { contractUrn, WorkerId } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { openBusRecords } from "@counterfoil/store"
import { randomBytes } from "node:crypto"

const [databaseUrl, natsUrl, movesText] = process.argv.slice(2)
if (databaseUrl === undefined || natsUrl === undefined)
  throw new Error("usage: relay.child.ts <database> <nats> [moves before it kills itself]")
let moves = movesText === undefined ? Infinity : Number(movesText)

const { log } = openBusRecords(databaseUrl)
const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
startRelay({
  bus: await openNatsBus({ connection }),
  log: {
    ...log,
    move: (turn, cursor, leaseSeconds) => {
      if (cursor.position > turn.cursor.position) moves -= 1
      if (moves < 0) process.kill(process.pid, "SIGKILL")
      return log.move(turn, cursor, leaseSeconds)
    },
  },
  holder: WorkerId.parse(mintId("wrk", Date.now(), randomBytes(10))),
  listen: () => () => undefined,
  tell: (event) => process.send?.({ name: event.name }),
  showsData: async () => true,
  addressOf: contractUrn,
})
process.on("disconnect", () => process.exit(0))
