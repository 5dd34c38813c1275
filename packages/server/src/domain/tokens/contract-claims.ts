// What a wire contract says in its own JWTs: its templates of claims, checked and compiled at the start. Beside them
// stand ours, by which we know our tokens; a contract can neither leave them out nor say something else for them.
import {
  type Contract,
  compileTree,
  type Data,
  getProfile,
  type Print,
  parseTemplate,
  type Template,
} from '@sallyport/protocol'

export type JwtKind = 'access' | 'refresh'

/** What stands in `knd`: neither kind ever works as the other, whatever keys they share. */
export const marks: Readonly<Record<JwtKind, string>> = { access: 'a', refresh: 'r' }

/**
 * Ours: times in seconds, ids of token, session and user, the kind; when somebody last proved who they are; a mark of
 * address and roles, where those are looked at.
 */
export interface OwnClaims {
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly sid: string
  readonly uid: string
  readonly auth_time?: number | undefined
  readonly fct?: string | undefined
}

const ours = ['iat', 'exp', 'nbf', 'jti', 'sid', 'uid', 'knd', 'auth_time', 'fct']

/** The claims that every such token must bring. */
export const requiredOfJwt = ['iat', 'jti', 'sid', 'uid', 'knd'] as const

/** Prints a contract's claims over a user's view, `jti` and `session_id`. Throws an Error that says what is wrong. */
export function compileClaims(contract: Contract): Readonly<Record<JwtKind, Print>> {
  const compiled = (kind: JwtKind) => {
    const where = `contract "${contract.name}": tokens.${kind}.claims`
    const { claims } = contract.tokens![kind]
    const taken = ours.find((name) => Object.hasOwn(claims, name))
    if (taken !== undefined) throw new Error(`${where}.${taken}: this claim is Sallyport's own`)
    try {
      return compile(claims, contract)
    } catch (error) {
      throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
    }
  }
  return { access: compiled('access'), refresh: compiled('refresh') }
}

const view = getProfile.output.properties!.user!
const schema = {
  ...view,
  properties: { ...view.properties, jti: { type: 'string' }, session_id: { type: 'string' } },
  required: [...(view.required ?? []), 'jti', 'session_id'],
} as typeof view

function compile(claims: Readonly<Record<string, Template>>, { roles }: Contract): Print {
  return compileTree(parseTemplate({ ...claims }, { schema, ...(roles && { roles }) }))
}

/** The payload of a token, as JSON: two texts joined, because objects that are spread into one cost several times as much. */
export function payloadOf(print: Print, kind: JwtKind, data: Data, own: OwnClaims): string {
  const theirs = JSON.stringify(print(data, {}))
  const { iat, exp, jti, sid, uid, auth_time, fct } = own
  const always = JSON.stringify({ iat, exp, jti, sid, uid, knd: marks[kind], auth_time, fct })
  return theirs === '{}' ? always : `${theirs.slice(0, -1)},${always.slice(1)}`
}
