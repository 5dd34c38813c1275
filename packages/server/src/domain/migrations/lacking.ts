// What is said of a database that migrations are pending for.
import type { Migration } from '../../store/store.js'

/** «lacks a migration: codes», or several. */
export function lacking(pending: readonly Migration[]): string {
  const many = pending.length === 1 ? 'a migration' : `${pending.length} migrations`
  return `lacks ${many}: ${pending.map(({ name }) => name).join(', ')}`
}
