// Gathers calls of one kind into batches. While few batches are on their way, what one turn of the event loop brought goes
// at once; while many are, what comes waits for one of them to be answered, so that load makes batches larger and not
// later. Knows no SQL.
import { StoreUnavailable } from '../../store.js'
import { createWaiting, type Waiting } from '../sql/waiting.js'

/** One call: what it asks with, and how it is answered. */
export interface Call<I, O> {
  readonly item: I
  readonly key: string | undefined
  readonly resolve: (answer: O) => void
  readonly reject: (error: unknown) => void
}

interface Options<I, O> {
  /** How many batches may be on their way. */
  readonly carriers: number
  /** The most calls of a batch. */
  readonly most: number
  /** How long a call waits for a batch to carry it, in milliseconds. */
  readonly patience: number
  /** How many calls may run alone meanwhile whose key is under way already. */
  readonly beside: number
  /** Answers or rejects every call of the batch; resolves when the next may go, and never rejects. */
  run(calls: readonly Call<I, O>[]): Promise<void>
  /** Answers or rejects one call, and resolves when it is done. */
  alone(call: Call<I, O>): Promise<void>
}

interface State<I, O> {
  readonly waiting: Waiting<Call<I, O>>
  /** Keys of calls of batches that are not answered yet. */
  readonly under: Set<string>
  carried: number
  alone: number
  due: boolean
}

/**
 * Answers a function that takes one call. Calls with the same key never share a batch: what comes for a row that everybody
 * wants runs beside the batches. Its promise rejects with StoreUnavailable where a call was not carried in time.
 */
export function createGather<I, O>(options: Options<I, O>): (item: I, key?: string) => Promise<O> {
  const late = ({ reject }: Call<I, O>) =>
    reject(new StoreUnavailable('its connections were busy for too long'))
  const state: State<I, O> = {
    waiting: createWaiting(options.patience, late),
    under: new Set(),
    carried: 0,
    alone: 0,
    due: false,
  }
  return (item, key) =>
    new Promise((resolve, reject) => {
      state.waiting.push({ item, key, resolve, reject })
      schedule(options, state)
    })
}

function schedule<I, O>(options: Options<I, O>, state: State<I, O>): void {
  if (state.due || state.waiting.size === 0) return
  state.due = true
  setImmediate(flush, options, state)
}

function flush<I, O>(options: Options<I, O>, state: State<I, O>): void {
  state.due = false
  while (state.carried < options.carriers && state.waiting.size > 0) {
    const batch = nextBatch(options, state)
    if (batch.length === 0) break
    state.carried++
    void options.run(batch).then(() => {
      state.carried--
      flush(options, state)
    })
  }
  while (state.alone < options.beside) {
    const call = state.waiting.first(({ key }) => key !== undefined && state.under.has(key))
    if (call === undefined) return
    state.alone++
    void options.alone(call).then(() => {
      state.alone--
      schedule(options, state)
    })
  }
}

/** The oldest calls, without those whose key is under way. */
function nextBatch<I, O>(options: Options<I, O>, state: State<I, O>): Call<I, O>[] {
  const { waiting, under } = state
  let size = 0
  const batch = waiting.take(({ key }) => {
    if (size === options.most || (key !== undefined && under.has(key))) return false
    if (key !== undefined) under.add(key)
    size++
    return true
  })
  return batch.map((call) => (call.key === undefined ? call : leaving(options, state, call, call.key)))
}

/** The same call, which makes way for the next of its key once it is answered. */
function leaving<I, O>(
  options: Options<I, O>,
  state: State<I, O>,
  call: Call<I, O>,
  key: string,
): Call<I, O> {
  const leave = () => {
    state.under.delete(key)
    schedule(options, state)
  }
  return {
    ...call,
    resolve: (answer) => {
      leave()
      call.resolve(answer)
    },
    reject: (error) => {
      leave()
      call.reject(error)
    },
  }
}
