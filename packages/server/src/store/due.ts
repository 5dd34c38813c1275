// Which migrations a database still lacks.
import { type Migration, SchemaTooNew } from './store.js'

/** The migrations that are not among the applied numbers, in order. Throws SchemaTooNew. */
export function due(migrations: readonly Migration[], applied: ReadonlySet<number>): Migration[] {
  const known = Math.max(0, ...migrations.map(({ number }) => number))
  for (const number of applied)
    if (!migrations.some((migration) => migration.number === number)) throw new SchemaTooNew(number, known)
  return migrations.filter(({ number }) => !applied.has(number)).sort((a, b) => a.number - b.number)
}
