import type { OutputOf, listKeys as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** Every signing key: what signs, what will, what did. */
export async function listKeys({ keys }: Context, _caller: Caller): Promise<OutputOf<typeof operation>> {
  const items = (await keys.list()).map(({ key, state, createdAt, activeAt, retiredAt }) => ({
    kid: key.kid,
    alg: key.alg,
    state,
    ...(createdAt !== undefined && { created_at: createdAt }),
    // A key that never signed has no such moment.
    ...(activeAt && { active_at: activeAt }),
    ...(retiredAt !== undefined && { retired_at: retiredAt }),
  }))
  return { items: items.sort((a, b) => rank[a.state] - rank[b.state]) }
}

const rank = { active: 0, next: 1, retired: 2 }
