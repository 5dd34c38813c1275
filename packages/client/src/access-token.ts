// The access token of this tab, in memory. How long it is good is counted from when it was asked for, by two clocks of this
// machine and never by the times in the token: a clock that is ten minutes off, or is put right meanwhile, does no harm.

/** Milliseconds. `wall` is what the machine's clock shows, `steady` never jumps but may stand still while it sleeps. */
export interface Clocks {
  wall(): number
  steady(): number
}

export const machineClocks: Clocks = { wall: () => Date.now(), steady: () => performance.now() }

export interface AccessToken {
  readonly value: string
  readonly session: string
  /** Of the store, when this token was put there. */
  readonly generation: number
  readonly lifeMs: number
  readonly since: { readonly wall: number; readonly steady: number }
}

/** Both clocks at this moment: to be taken before a token is asked for. */
export const moment = (at: Clocks): AccessToken['since'] => ({ wall: at.wall(), steady: at.steady() })

/** Milliseconds that the token is good for, by the clock that says less. */
export function left(token: AccessToken, at: Clocks): number {
  const wall = at.wall() - token.since.wall
  // Put back: how much has passed is the other clock's to say.
  const passed = Math.max(wall, at.steady() - token.since.steady)
  return token.lifeMs - passed
}

/** What other tabs are told of a token: the steady clock of one page means nothing to another. */
export interface PassedOn extends Omit<AccessToken, 'since'> {
  readonly wall: number
}

export const passOn = ({ since, ...token }: AccessToken): PassedOn => ({ ...token, wall: since.wall })

export function received({ wall, ...token }: PassedOn, at: Clocks): AccessToken {
  const now = moment(at)
  return { ...token, since: { wall, steady: now.steady - Math.max(0, now.wall - wall) } }
}
