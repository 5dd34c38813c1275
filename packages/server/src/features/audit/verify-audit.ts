import type { OutputOf, verifyAudit as operation } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'

/** Whether every entry that was ever written is still there as it was. */
export async function verifyAudit({ audit }: Context): Promise<OutputOf<typeof operation>> {
  const found = await audit.verify()
  return { intact: found.problems.length === 0, ...found }
}
