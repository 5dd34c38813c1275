// The inputs of an operation on a route's wire: which member is read for which, which the contract fixes, and which
// a client must not send. Checked at the start; reading them from a request is decode.ts.
import type { Contract, InCodec, Operation, RoleEntry, Route, WireField } from '@sallyport/protocol'

export interface Field {
  readonly canonical: string
  /** On the wire; the first that is present is read. */
  readonly names: readonly string[]
  readonly from: 'body' | 'query' | 'path'
  readonly codec: InCodec | undefined
  /** For the self-description, and for how tokens may travel: the values a contract takes. */
  readonly only: readonly string[] | undefined
  /** What the contract asks beyond the operation, and its sentences. */
  readonly rules:
    | (Pick<WireField, 'required' | 'min' | 'max' | 'repeats' | 'say'> & { pattern?: RegExp })
    | undefined
  /** Roles by how they stand on the wire, for the codecs that read them. */
  readonly roles: ReadonlyMap<unknown, RoleEntry> | undefined
}

/** A wire member that must not be sent, and the sentence that says what changes it. */
export interface Refused {
  readonly name: string
  readonly sentence: string
}

/** The fields of a route. Throws an Error that names the input. */
export function compileFields(
  contract: Contract,
  route: Route,
  operation: Operation,
  parameters: readonly string[],
  bodiless: boolean,
): { fields: Field[]; transportMember: string | undefined } {
  const inputs = operation.input.properties ?? {}
  for (const name of [...Object.keys(route.input ?? {}), ...Object.keys(route.fixed ?? {})])
    if (!Object.hasOwn(inputs, name) && !(operation.refuses && Object.hasOwn(operation.refuses, name)))
      throw new Error(`input.${name}: ${operation.name} has no such input`)
  const fields: Field[] = []
  for (const canonical of Object.keys(inputs)) {
    const field = compileField(contract, route, operation, canonical, bodiless)
    const isFixed = route.fixed !== undefined && Object.hasOwn(route.fixed, canonical)
    if (field && !isFixed) fields.push(field)
    else if (!isFixed && operation.input.required?.includes(canonical))
      throw new Error(`input.${canonical}: ${operation.name} needs it`)
  }
  for (const { canonical, from, names } of fields) {
    if (from === 'body' && bodiless) throw new Error(`input.${canonical}: this method has no body`)
    if (from === 'path' && !names.every((name) => parameters.includes(name)))
      throw new Error(`input.${canonical}: the path has no parameter ":${names[0]}"`)
  }
  const transport = fields.find((field) => operation.wayIn && field.canonical === 'transport')
  return { fields, transportMember: transport?.names[0] }
}

function compileField(
  contract: Contract,
  route: Route,
  operation: Operation,
  canonical: string,
  bodiless: boolean,
): Field | undefined {
  const isTransport = operation.wayIn === true && canonical === 'transport'
  const listed = route.input?.[canonical]
  const byName = contract.members === 'listed' ? null : canonical
  const usual = isTransport ? (contract.transport.member ?? null) : byName
  const wire: WireField | string | null = listed === undefined ? usual : listed
  if (wire === null) return undefined
  const field: WireField = typeof wire === 'string' ? { names: [wire] } : wire
  const { names, from, codec } = field
  if (names.length === 0) throw new Error(`input.${canonical}: at least one wire name is needed`)
  return {
    canonical,
    names,
    from: from ?? (bodiless ? 'query' : 'body'),
    codec,
    only: isTransport ? contract.transport.allow : undefined,
    rules: compileRules(field, canonical),
    roles: codec === 'roles' || codec === 'role' ? rolesBy(contract, field, canonical) : undefined,
  }
}

/** What the contract asks beyond the operation; undefined where that is nothing. */
function compileRules({ required, min, max, pattern, repeats, say }: WireField, canonical: string) {
  if (!(required || min || max || pattern || repeats || say)) return undefined
  return {
    ...(required && { required }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern: expression(pattern, canonical) }),
    ...(repeats !== undefined && { repeats }),
    ...(say && { say }),
  }
}

function expression(pattern: string, canonical: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    throw new Error(`input.${canonical}: \`pattern\` is no regular expression`)
  }
}

function rolesBy(contract: Contract, { by }: WireField, canonical: string): ReadonlyMap<unknown, RoleEntry> {
  const entries = contract.roles ?? []
  if (by === undefined || entries.length === 0 || entries.some((entry) => entry[by] === undefined))
    throw new Error(
      `input.${canonical}: \`by\` must name a member that every entry of the contract's roles has`,
    )
  return new Map(entries.map((entry) => [entry[by], entry]))
}

/** What the operation refuses, by wire name; a name that the route reads for something else is not refused. */
export function refusedMembers(
  contract: Contract,
  route: Route,
  operation: Operation,
  fields: readonly Field[],
): Refused[] {
  if (contract.members === 'listed') return []
  return Object.entries(operation.refuses ?? {}).flatMap(([canonical, sentence]) => {
    const wire = route.input?.[canonical]
    const names = wire == null ? [canonical] : typeof wire === 'string' ? [wire] : wire.names
    return names
      .filter((name) => !fields.some((field) => field.names.includes(name)))
      .map((name) => ({ name, sentence }))
  })
}
