// A contract, read once at the start and turned into what requests need: routes with their sources of credentials,
// their fields by wire name, their reply and their words for failures. A contract that names what does not exist stops
// the start here, with contract, route and member. Nothing after this looks at a contract's text again.
import { type Contract, operations as catalogue, type Operation, type Route } from '@sallyport/protocol'
import { type Cookie, cookiesOf } from './cookies.js'
import type { Source } from './credentials.js'
import type { Door } from './door.js'
import { compileFields, type Field, type Refused, refusedMembers } from './fields.js'
import { withGateCookie } from './gate-cookies.js'
import { trustedOrigins } from './origin.js'
import { compileRefusals, compileRouteRefusals, type Refusals, type Refuse } from './problem.js'
import { compileReplies, type Instead, type Reply } from './reply.js'

/** A contract with what all its routes share. */
export interface Speech {
  readonly contract: Contract
  readonly cookies: readonly Cookie[]
  /** How failures are said where no route is known. */
  readonly refusals: Refusals
  /** Origins whose pages may act through a browser's cookies. */
  readonly origins: ReadonlySet<string>
  /** Whose pages may read answers: those of `origins`, anybody's without credentials, or nobody's. */
  readonly cors: 'listed' | 'any' | 'none'
  readonly secure: boolean
}

export type Encoding = 'json' | 'merge-patch' | 'form' | 'multipart' | 'any'

/** One route, ready to serve. */
export interface Served {
  readonly speech: Speech
  readonly route: Route
  readonly operation: Operation
  readonly sources: readonly Source[]
  readonly fields: readonly Field[]
  readonly refused: readonly Refused[]
  readonly fixed: Readonly<Record<string, unknown>> | undefined
  readonly accept: readonly Encoding[]
  /** Whether anything is read from the body; a body that is not wanted is skipped. */
  readonly readsBody: boolean
  readonly readsQuery: boolean
  /** Whether a credential may stand in the body, so that it must be read before the caller is known. */
  readonly bodyCredentials: boolean
  /** Name on the wire of the cookie that the input `device_token` is read from where the body has none. */
  readonly deviceCookie: string | undefined
  /** Body member by which the client chooses how tokens travel. */
  readonly transportMember: string | undefined
  readonly reply: Reply
  /** Replies of the operation's other shapes of success. */
  readonly instead: readonly Instead[]
  readonly refuse: Refuse
}

/** What a start needs to know besides the contracts. */
export interface Surroundings {
  readonly operations: ReadonlyMap<string, Operation>
  readonly issuer: string
  /** Exact origins besides the issuer's own. */
  readonly origins: readonly string[]
  readonly secureCookies: boolean
  readonly development: boolean
  readonly gate?: Door['gate']
}

/** Routes that share a method and path; more than one only where a selector tells them apart. */
export interface Spot {
  readonly method: string
  readonly path: string
  readonly routes: readonly Served[]
}

/** The methods a spot answers to: HEAD beside GET where nothing but reading happens. */
export function methodsOf({ method, routes }: Spot): string[] {
  const reads = routes.every((route) => route.operation.effect === 'read')
  return method === 'GET' && reads ? ['GET', 'HEAD'] : [method]
}

/** Compiles contracts to spots. Throws an Error that names contract, route and what is wrong. */
export function compileContracts(
  contracts: readonly Contract[],
  around: Surroundings,
): { speeches: Speech[]; spots: Spot[] } {
  const speeches: Speech[] = []
  const spots = new Map<string, { method: string; path: string; routes: Served[] }>()
  for (const contract of contracts) {
    const speech = say(`contract "${contract.name}"`, () => compileSpeech(contract, around))
    speeches.push(speech)
    for (const route of contract.routes) {
      const served = say(`contract "${contract.name}", route "${route.on}"`, () =>
        compileRoute(speech, route, around),
      )
      if (served) for (const on of [route.on, ...(route.also ?? [])]) place(spots, on, served)
    }
  }
  return { speeches, spots: [...spots.values()] }
}

/** A contract that cannot be served; the message names contract, route and member. */
export class ContractFault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ContractFault'
  }
}

function say<T>(where: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new ContractFault(`${where}: ${(error as Error).message}`, { cause: error })
  }
}

function compileSpeech(contract: Contract, around: Surroundings): Speech {
  return {
    contract,
    cookies: withGateCookie(contract, around),
    refusals: compileRefusals(contract, around.issuer),
    origins: trustedOrigins(around.issuer, [
      ...around.origins,
      ...((around.development && contract.cors?.development) || []),
    ]),
    cors: contract.cors?.origins ?? 'listed',
    secure: around.secureCookies,
  }
}

/** Undefined where the route is not served here: development only, or an operation whose feature is switched off. */
function compileRoute(speech: Speech, route: Route, around: Surroundings): Served | undefined {
  const { contract } = speech
  const known = around.operations.get(route.operation)
  const named = known ?? catalogue.find((operation) => operation.name === route.operation)
  if (!named) throw new Error(`operation: there is no "${route.operation}"`)
  if (!known || (route.developmentOnly && !around.development)) return undefined
  const { method, parameters } = parsePlace(route.on)
  const bodiless = method === 'GET' || method === 'HEAD'
  const { fields, transportMember } = compileFields(contract, route, known, parameters, bodiless)
  const sources = compileSources(contract, route, known, bodiless, around.secureCookies)
  const refused = bodiless ? [] : refusedMembers(contract, route, known, fields)
  const bodyCredentials = sources.some((source) => source.from === 'body')
  const naming = (canonical: string) => {
    const field = fields.find((candidate) => candidate.canonical === canonical)
    return field && { name: field.names[0] as string, from: field.from }
  }
  return {
    speech,
    route,
    operation: known,
    sources,
    fields,
    refused,
    fixed: route.fixed,
    accept: route.accept ?? ['json'],
    readsBody: bodyCredentials || refused.length > 0 || fields.some((field) => field.from === 'body'),
    readsQuery: fields.some((field) => field.from === 'query'),
    bodyCredentials,
    deviceCookie: Object.hasOwn(known.input.properties ?? {}, 'device_token')
      ? speech.cookies.find(({ holds }) => holds === 'device')?.name
      : undefined,
    transportMember,
    ...compileReplies(contract, route, known),
    refuse: compileRouteRefusals(contract, around.issuer, speech.refusals, route, known, {
      wireName: naming,
      sayOf: (canonical) => fields.find((field) => field.canonical === canonical)?.rules?.say,
    }),
  }
}

function compileSources(
  contract: Contract,
  route: Route,
  operation: Operation,
  bodiless: boolean,
  secure: boolean,
): Source[] {
  const cookies = cookiesOf(contract, secure)
  if (operation.caller !== 'anyone' && !route.tokens?.length)
    throw new Error(`tokens: ${operation.name} needs a credential, and none is read`)
  return (route.tokens ?? []).map(({ from, kind, name = '' }) => {
    if (from === 'bearer') return { from, kind, name: 'authorization' }
    if (name === '') throw new Error(`tokens: a source in the ${from} needs a name`)
    if (from === 'body' && bodiless) throw new Error(`tokens.${name}: this method has no body`)
    if (from === 'body') return { from, kind, name }
    const cookie = cookies.get(name)
    if (!cookie) throw new Error(`tokens.${name}: the contract lists no such cookie`)
    return { from, kind, name: cookie.name }
  })
}

const segment = /^(?:[A-Za-z0-9._~-]+|:[A-Za-z_]\w*)$/
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function parsePlace(on: string): { method: string; path: string; parameters: string[] } {
  const [method = '', path = '', ...more] = on.split(' ')
  const steps = path.split('/').slice(1)
  // A slash at the end is part of the name: `/token/` is not `/token`.
  const named = steps.length > 1 && steps.at(-1) === '' ? steps.slice(0, -1) : steps
  const isPath = path === '/' || (path.startsWith('/') && named.every((step) => segment.test(step)))
  if (!methods.includes(method) || !isPath || more.length > 0)
    throw new Error(`on: "${on}" is not "METHOD /path" with parameters as ":name"`)
  return { method, path, parameters: steps.filter((step) => step[0] === ':').map((step) => step.slice(1)) }
}

function place(
  spots: Map<string, { method: string; path: string; routes: Served[] }>,
  on: string,
  served: Served,
): void {
  const { name } = served.speech.contract
  const { method, path } = say(`contract "${name}", route "${on}"`, () => parsePlace(on))
  const key = `${method} ${path.replaceAll(/:\w+/g, ':')}`
  const spot = spots.get(key)
  if (!spot) {
    spots.set(key, { method, path, routes: [served] })
    return
  }
  const other = (spot.routes[0] as Served).speech.contract.name
  if (other !== name)
    throw new ContractFault(`contracts "${other}" and "${name}" both serve ${method} ${path}`)
  const plain = [...spot.routes, served].filter((route) => route.route.when === undefined).length
  if (plain > 1 || spot.path !== path)
    throw new ContractFault(
      `contract "${name}", route "${on}": stands there twice, and no \`when\` tells them apart`,
    )
  spot.routes.push(served)
}
