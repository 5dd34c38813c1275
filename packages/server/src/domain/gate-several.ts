// A browser that brings several values of one cookie: a sub-domain can leave more of them there, in whatever order. So none
// counts before the others.
import { Failure, fail } from '@sallyport/protocol'

/** Values that are looked at; each may cost a look into the store. */
const MOST = 8

/**
 * Whom the values speak for behind which a session lives. Throws `session_ended` where none does, or sessions of two
 * accounts do.
 */
export async function onlyLiving<B extends { readonly userId: string }>(
  values: readonly string[],
  find: (value: string) => Promise<B | undefined>,
): Promise<B> {
  const different = [...new Set(values)]
  if (different.length > MOST) throw several()
  const found = await Promise.all(different.map((value) => find(value).catch(nobody)))
  const [first, ...others] = found.filter((bearer) => bearer !== undefined)
  if (!first) throw fail('session_ended')
  if (others.some(({ userId }) => userId !== first.userId)) throw several()
  return first
}

function nobody(error: unknown): undefined {
  if (!(error instanceof Failure) || error.code !== 'session_ended') throw error
}

const several = () =>
  fail('session_ended', {
    several: true,
    detail:
      'The browser sent cookies of more than one account. Delete its cookies of this domain and sign in again.',
  })
