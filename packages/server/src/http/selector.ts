// Several routes on one path: a member of the body tells which is meant.
import type { Served } from './compile.js'
import type { Members } from './decode.js'
import { WireFailure } from './wire-failure.js'

/** The first route whose selector fits, else the one without. Throws `invalid_request` that names the member. */
export function findRoute(routes: readonly Served[], body: Members): Served {
  const fitting = routes.find(({ route }) => route.when !== undefined && fits(route.when, body))
  const found = fitting ?? routes.find(({ route }) => route.when === undefined)
  if (found) return found
  const member = routes[0]?.route.when?.member ?? ''
  const isThere = Object.hasOwn(body, member)
  throw new WireFailure([
    isThere
      ? { path: [member], code: 'not_allowed', detail: 'is not one of the values that are known here' }
      : { path: [member], code: 'required', detail: 'must be given' },
  ])
}

function fits({ member, is }: NonNullable<Served['route']['when']>, body: Members): boolean {
  const isThere = Object.hasOwn(body, member)
  if (is === 'present') return isThere
  if (is === 'absent') return !isThere
  return isThere && body[member] === is.value
}
