// Where an account came from that was not made here. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { nullable, text } from '../../store/table.js'

export const origin: Migration = {
  number: 11,
  name: 'origin',
  steps: [{ addColumn: { table: 'users', name: 'origin', column: nullable(text(64)) } }],
}
