// A code that ends before the link beside it. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { integer, nullable } from '../../store/table.js'

export const codeEnds: Migration = {
  number: 9,
  name: 'code-ends',
  steps: [{ addColumn: { table: 'codes', name: 'code_ends_at', column: nullable(integer()) } }],
}
