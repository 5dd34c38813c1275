import type { Caller, Context } from '../../domain/context.js'
import { requireUser, userView } from '../../domain/users.js'
import type { Store, Where } from '../../store/store.js'
import type { AnyTable, Table } from '../../store/table.js'

type Row = Record<string, unknown>

/** Rows of one table, at most: a session for every log-in of a script is no reason to run out of memory. */
const MOST_ROWS = 10_000
const PAGE = 1000

/** Everything that the user owns, table by table, without secrets; times in RFC 3339, the newest first. */
export async function exportProfile(context: Context, caller: Caller): Promise<Row> {
  const { userId } = caller.access!
  const user = spoken(userView(await requireUser(context, userId)))
  const data: Row = {}
  const incomplete: string[] = []
  for (const table of context.owned) {
    if (table.exported === undefined) continue
    const rows = await rowsOf(context.store, table, userId)
    data[table.name] = rows.slice(0, MOST_ROWS).map((row) => spoken(shown(table, row)))
    if (rows.length > MOST_ROWS) incomplete.push(table.name)
  }
  context.events.emit('user.exported', { userId }, caller)
  const head = spoken({ exported_at: context.clock.now() })
  return { ...head, user, ...data, ...(incomplete.length > 0 && { incomplete }) }
}

/** The newest rows, one more than are shown. */
async function rowsOf(store: Store, table: AnyTable, userId: string): Promise<Row[]> {
  const where = { [table.owner!]: userId } as Where<Row>
  const order = { by: table.key, direction: 'descending' as const }
  const found: Row[] = []
  for (let offset = 0; offset <= MOST_ROWS; offset += PAGE) {
    const rows = await store.list(table as unknown as Table<Row>, { where, order, limit: PAGE, offset })
    found.push(...rows)
    if (rows.length < PAGE) break
  }
  return found
}

/** What the table shows of a row; what is null is absent. */
function shown({ exported = [] }: AnyTable, row: Row): Row {
  const members = exported.filter((name) => row[name] !== null)
  return Object.fromEntries(members.map((name) => [name, row[name]]))
}

const isTime = (name: string, value: unknown): value is number =>
  typeof value === 'number' && /_(at|time)$/.test(name)

/** Times as people read them. */
function spoken(row: object): Row {
  const members = Object.entries(row).map(([name, value]) => [
    name,
    isTime(name, value) ? new Date(value).toISOString() : value,
  ])
  return Object.fromEntries(members)
}
