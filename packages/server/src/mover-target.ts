// The database that a move fills: seen to be empty, marked as not to be used, and emptied of what an earlier try left there.
import { StartError } from './config/errors.js'
import { type Hold, here, holds, readHold, reasonOf } from './domain/holds.js'
import { NEVER } from './domain/tables.js'
import { tables } from './storage.js'
import { emptyTable, isEmpty } from './store/copy.js'
import { type Engine, StoreUnavailable, UniqueViolation } from './store/store.js'

/** What is moved. */
export const moved = tables.filter(({ name }) => name !== holds.name)

interface Claim {
  readonly id: string
  readonly source: Engine
  readonly target: Engine
  readonly from: string
  readonly to: string
  readonly time: { target: number; readonly began: number }
}

/** Marks the target as not to be used, and sees that it is empty; what an earlier try put there is removed. */
export async function claimTarget({ id, source, target, from, to, time }: Claim): Promise<void> {
  // What is past its end is in the way of rows to come, and no verb sees it later on.
  time.target = 0
  const hold = await readHold(target)
  if (hold && (hold.other !== from || !['arriving', 'whole'].includes(hold.state)))
    throw new StartError(`${to} cannot be moved into: ${reasonOf(hold)}`, 'Name another, empty database')
  if (hold) await claimAgain(target, hold, id)
  else await claimNew(target, id, from, to, time.began)
  time.target = time.began
  // Whatever its URL says, a mark that is found in the source too means that both are one.
  if ((await readHold(source))?.move !== id) return
  await target.remove(holds, { ...here, move: id })
  throw new StartError(`${from} and ${to} are the same database`, 'Name another, empty database')
}

async function claimAgain(target: Engine, hold: Hold, id: string): Promise<void> {
  const ours = await target.update(holds, { ...here, move: hold.move }, { move: id, state: 'arriving' })
  if (ours === 0) throw new StoreUnavailable('another move into the target began just now')
  for (const table of moved) await emptyTable(target, table)
}

async function claimNew(target: Engine, id: string, from: string, to: string, at: number): Promise<void> {
  // Looked at before too, so that a database that is in use is not disturbed even for a moment.
  await requireEmpty(target, to)
  const marker = { ...here, state: 'arriving', move: id, other: from, at, expires_at: NEVER }
  try {
    await target.insert(holds, marker)
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    throw new StoreUnavailable('another move into the target began just now')
  }
  try {
    await requireEmpty(target, to)
  } catch (error) {
    await target.remove(holds, { ...here, move: id })
    throw error
  }
}

async function requireEmpty(target: Engine, to: string): Promise<void> {
  for (const table of moved)
    if (!(await isEmpty(target, table)))
      throw new StartError(
        `${to} is not empty: there is something in ${table.name}`,
        'Name an empty database, such as one that createdb has just made; nothing was changed',
      )
}
