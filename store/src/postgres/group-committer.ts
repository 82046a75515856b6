// Collects waiting appends and sends them in batches: one commit for many appends.
// Owns: lanes, order, batch bounds. Does not own: what a batch does.
// No timer: a free lane takes what waits. One execution always uses one lane, so its appends keep their order and
// two lanes never wait for each other's rows.

/** A batch answers member by member, in its order. A rejected batch is answered by `alone` for each member. */
export interface Lane<Member, Answer> {
  together(batch: readonly Member[]): Promise<readonly Answer[]>
}

/** The lanes, and the properties of a member that the committer needs. */
interface GroupCommitterOptions<Member, Answer> {
  readonly lanes: readonly Lane<Member, Answer>[]
  /** Members of the same key never share a batch and keep their order. */
  readonly keyOf: (member: Member) => string
  readonly weightOf: (member: Member) => number
}

// Measured best between 100 and 400 rows a commit; larger batches only add latency.
const membersMax = 200
// A statement of a few megabytes parses in a few tens of milliseconds; beyond that it holds up its neighbours.
const weightMax = 4 * 1024 * 1024

interface Waiting<Member, Answer> {
  readonly member: Member
  readonly answer: (answer: Answer) => void
  readonly fail: (error: unknown) => void
}

/** Queues members and answers each as soon as its batch is answered. */
export class GroupCommitter<Member, Answer> {
  readonly #options: GroupCommitterOptions<Member, Answer>
  readonly #queues: Waiting<Member, Answer>[][]
  readonly #busy: boolean[]
  readonly #idle: (() => void)[] = []

  constructor(options: GroupCommitterOptions<Member, Answer>) {
    this.#options = options
    this.#queues = options.lanes.map(() => [])
    this.#busy = options.lanes.map(() => false)
  }

  /** Settles when the batch that carries the member is answered. */
  submit(member: Member): Promise<Answer> {
    return new Promise((answer, fail) => {
      const lane = laneOf(this.#options.keyOf(member), this.#queues.length)
      this.#queues[lane]?.push({ member, answer, fail })
      this.#wake(lane)
    })
  }

  /** Settles when nothing waits and no batch is under way. */
  async drained(): Promise<void> {
    while (this.#busy.includes(true)) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #wake(lane: number): void {
    if (this.#busy[lane] === true) return
    this.#busy[lane] = true
    // After the current turn of the event loop: what arrives in the same turn shares the first batch.
    setImmediate(() => void this.#run(lane))
  }

  async #run(lane: number): Promise<void> {
    const queue = this.#queues[lane] ?? []
    while (queue.length > 0) await this.#together(lane, this.#takeBatch(queue))
    this.#busy[lane] = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #takeBatch(queue: Waiting<Member, Answer>[]): readonly Waiting<Member, Answer>[] {
    const { keyOf, weightOf } = this.#options
    const keys = new Set<string>()
    let weight = 0
    let count = 0
    for (const { member } of queue) {
      weight += weightOf(member)
      if (count === membersMax || (count > 0 && weight > weightMax) || keys.has(keyOf(member))) break
      keys.add(keyOf(member))
      count += 1
    }
    return queue.splice(0, count)
  }

  async #together(lane: number, batch: readonly Waiting<Member, Answer>[]): Promise<void> {
    try {
      const answers = (await this.#options.lanes[lane]?.together(batch.map(({ member }) => member))) ?? []
      for (const [i, answer] of answers.entries()) batch[i]?.answer(answer)
    } catch (error) {
      const [only] = batch
      if (batch.length === 1 && only !== undefined) return only.fail(error)
      // One member that cannot be written must not fail its neighbours: each is tried alone, once.
      for (const waiting of batch) await this.#together(lane, [waiting])
    }
  }
}

// FNV-1a, for spreading keys over lanes; nothing depends on its value.
function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % lanes
}
