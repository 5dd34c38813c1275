// How SQLite's SQL differs.
import type { Flavour } from '../sql/print.js'

export const flavour: Flavour = {
  find: 'instr',
  // SQLite plans anew at every execution where a bound value is the whole of a LIMIT, which costs twice as much as the
  // look-up itself; the sign makes it an expression, whose value no plan looks at.
  limit: '+?',
  // One connection writes, one statement after another.
  some: 'choice',
  returning: true,
  rowValues: true,
}
