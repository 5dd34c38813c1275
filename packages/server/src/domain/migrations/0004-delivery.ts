// What the sending of messages remembers of them. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { integer, nullable, text } from '../../store/table.js'

const table = 'outbox'

export const delivery: Migration = {
  number: 4,
  name: 'delivery',
  steps: [
    { addColumn: { table, name: 'unclear', column: integer() } },
    { addColumn: { table, name: 'last_error', column: nullable(text(300)) } },
    { addColumn: { table, name: 'sent_at', column: nullable(integer()) } },
    { addIndex: { table, columns: ['channel', 'state', 'due_at'], unique: false } },
    { addIndex: { table, columns: ['state', 'good_until'], unique: false } },
  ],
}
