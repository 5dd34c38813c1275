import { integer, table, text } from '../store/table.js'

export const removedVerifiers = table({
  name: 'removed_verifiers',
  doc: 'Verifier keys that were removed, by the ids that follow from them. They do not count, whatever the settings list.',
  columns: { id: text(16), removed_at: integer() },
  key: ['id'],
})
