// Where sessions and codes live, which need not be in the database: the database knows it, so that a setting alone changes
// nothing. Whatever is left behind in a place can be ended by nobody, and would live again as soon as somebody went back
// there. What makes a change sound is relocator.ts's.
import { type Engine, UniqueViolation, type Write, write } from '../store/store.js'
import { uuidv7 } from '../util/ids.js'
import { type Hold, here, holds, type Places, readHolds } from './holds.js'
import { NEVER } from './tables.js'

/** Why nobody starts with these places on a database that has the table elsewhere, and what mends that. */
export function refusalOfPlace({ id, state, other }: Hold, places: Places): { says: string; next: string } {
  if (state === 'emptying')
    return { says: `a change of where ${id} live has not finished`, next: 'sallyport relocate' }
  return {
    says: `${id} live ${other}, and by the settings of this process ${places[id]}`,
    next: 'Set ephemeral_url, ephemeral_prefix, ephemeral_sessions and ephemeral_codes as they were; or stop every server, and have those end that are there: sallyport relocate',
  }
}

/** The writes that say of these tables where they live. */
export function placing(places: Places, { state, move, at }: Pick<Hold, 'state' | 'move' | 'at'>): Write[] {
  return Object.entries(places).flatMap(([id, other]) => [
    write.remove(holds, { id }),
    write.insert(holds, { id, state, move, other, at, expires_at: NEVER }),
  ])
}

/** Writes where tables live whose place the database does not know. Of two who do so at once, the first is right. */
export async function claimPlaces(
  engine: Pick<Engine, 'list' | 'insert'>,
  places: Places,
  at: number,
): Promise<void> {
  const known = (await readHolds(engine)).map(({ id }) => id)
  for (const [id, other] of Object.entries(places)) {
    if (known.includes(id)) continue
    const row = { id, state: 'placed', move: uuidv7(at), other, at, expires_at: NEVER }
    await engine.insert(holds, row).catch((error) => {
      if (!(error instanceof UniqueViolation)) throw error
    })
  }
}

/** Takes along where the tables live when everything else has been copied into another database. */
export async function carryPlaces(
  from: Pick<Engine, 'list'>,
  to: Pick<Engine, 'list' | 'atomically'>,
): Promise<void> {
  const [rows, before] = [await placesIn(from), await placesIn(to)]
  await to.atomically([
    ...before.map(({ id }) => write.remove(holds, { id })),
    ...rows.map((row) => write.insert(holds, row)),
  ])
}

async function placesIn(engine: Pick<Engine, 'list'>): Promise<Hold[]> {
  return (await readHolds(engine)).filter(({ id }) => id !== here.id)
}
