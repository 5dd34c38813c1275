// The description of everything that is served (OpenAPI 3.1), made from the compiled contracts: what it says is what
// the routes do, in wire names.

import type { Reference, Tree } from '@sallyport/protocol'
import { errors, type Operation, type Route, type Schema } from '@sallyport/protocol'
import { possibleCodes, type Wire } from './codes.js'
import type { Encoding, Served, Speech, Spot } from './compile.js'
import type { Field } from './fields.js'
import { errorTree } from './problem.js'
import type { Reply } from './reply.js'

type Json = Record<string, unknown>

/** The OpenAPI document. */
export function describeApi(speeches: readonly Speech[], spots: readonly Spot[], issuer: string): Json {
  const paths: Record<string, Json> = {}
  for (const spot of spots) {
    const path = spot.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    ;(paths[path] as Json)[spot.method.toLowerCase()] = describeSpot(spot)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport', version: '1' },
    servers: [{ url: issuer }],
    paths,
    components: {
      schemas: Object.fromEntries(
        speeches.map(({ contract }) => [errorName(contract.name), describeTree(errorTree(contract))]),
      ),
      securitySchemes: describeSchemes(speeches),
    },
  }
}

const errorName = (contract: string) => `${contract.replaceAll(/\W/g, '_')}_error`

function describeSchemes(speeches: readonly Speech[]): Json {
  const schemes: Json = { bearer: { type: 'http', scheme: 'bearer' } }
  for (const { cookies } of speeches)
    for (const { name, holds } of cookies)
      if (holds === 'access' || holds === 'refresh') schemes[name] = { type: 'apiKey', in: 'cookie', name }
  return schemes
}

function describeSpot({ method, path, routes }: Spot): Json {
  const [first] = routes
  if (!first) return {}
  const id = `${first.speech.contract.name}_${method}_${path}`
  const parameters = routes.flatMap(describeParameters)
  const security = routes.flatMap(describeSecurity)
  const body = describeBody(routes)
  return {
    operationId: id.replaceAll(/\W+/g, '_').replace(/_$/, ''),
    summary: routes.map((route) => route.operation.summary).join(' Or: '),
    tags: [first.speech.contract.title],
    'x-operation': first.operation.name,
    'x-caller': first.operation.caller,
    ...(first.operation.scope && { 'x-scope': first.operation.scope }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    ...(security.length > 0 && { security }),
    responses: Object.assign({}, ...routes.map(describeFailures), ...routes.map(describeReplies)) as Json,
  }
}

function describeParameters({ fields, operation }: Served): Json[] {
  return fields
    .filter((field) => field.from !== 'body')
    .map((field) => ({
      name: field.names[0],
      in: field.from,
      required: field.from === 'path' || isRequired(operation, field),
      schema: describeField(field, operation),
    }))
}

const isRequired = (operation: Operation, field: Field) =>
  operation.input.required?.includes(field.canonical) ?? false

function describeField({ canonical, codec, only }: Field, operation: Operation): unknown {
  const schema = operation.input.properties?.[canonical] ?? {}
  if (only) return { ...schema, enum: only }
  return codec === 'base64' ? { type: 'string', contentEncoding: 'base64' } : schema
}

function describeSecurity({ sources }: Served): Json[] {
  // A token in the body is a member of it; for the description such a request needs no scheme.
  return sources.map(({ from, name }) =>
    from === 'body' ? {} : { [from === 'bearer' ? 'bearer' : name]: [] },
  )
}

const mediaTypes: Record<Encoding, string> = {
  json: 'application/json',
  any: 'application/json',
  'merge-patch': 'application/merge-patch+json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
}

function describeBody(routes: readonly Served[]): Json | undefined {
  const reading = routes.filter((route) => route.readsBody)
  if (reading.length === 0) return undefined
  const schemas = reading.map(describeMembers)
  const schema = schemas.length === 1 ? schemas[0] : { oneOf: schemas }
  const types = new Set(reading.flatMap((route) => route.accept.map((encoding) => mediaTypes[encoding])))
  const content = Object.fromEntries([...types].map((type) => [type, { schema }]))
  return { content, ...(schemas.every((one) => 'required' in one) && { required: true }) }
}

function describeMembers({ fields, operation, sources, route }: Served): Json {
  const properties: Json = {}
  const required: string[] = []
  for (const field of fields) {
    if (field.from !== 'body') continue
    for (const name of field.names) properties[name] = describeField(field, operation)
    if (isRequired(operation, field) && field.names.length === 1) required.push(field.names[0] as string)
  }
  for (const { from, name } of sources) if (from === 'body') properties[name] = { type: 'string' }
  const { when } = route
  if (when && when.is !== 'absent') {
    const value = typeof when.is === 'string' ? undefined : when.is.value
    properties[when.member] ??= value === undefined ? {} : { const: value }
    if (!required.includes(when.member)) required.push(when.member)
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

/** Every success of a route; two of one status are told apart by what is in them. */
function describeReplies({ reply, instead }: Served): Json {
  const byStatus: Record<string, { description: string; replies: Reply[] }> = {
    [reply.status]: { description: 'Done.', replies: [reply] },
  }
  for (const other of instead) {
    const said = byStatus[other.reply.status] ?? {
      description: `\`${other.when}\` says what comes first.`,
      replies: [],
    }
    byStatus[other.reply.status] = { ...said, replies: [...said.replies, other.reply] }
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, { description, replies }]) => {
      const schemas = replies.flatMap(({ tree }) => (tree ? [describeTree(tree)] : []))
      const schema = schemas.length === 1 ? schemas[0] : { oneOf: schemas }
      const content = { [replies[0]!.contentType]: { schema } }
      return [status, { description, ...(schemas.length > 0 && { content }) }]
    }),
  )
}

function describeFailures({ speech, route, operation, ...served }: Served): Json {
  const { contract } = speech
  const byStatus: Record<string, string[]> = {}
  for (const code of possibleCodes(operation, wireOf(served, route, operation))) {
    const say = route.errors?.[code] ?? contract.errors?.[code]
    const status = say?.status ?? errors[code].status
    byStatus[status] = [...(byStatus[status] ?? []), code]
  }
  const schema = { $ref: `#/components/schemas/${errorName(contract.name)}` }
  const content = { [contract.error.contentType]: { schema } }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  )
}

function wireOf({ fields, readsBody, sources }: ServedParts, { strict }: Route, { wayIn }: Operation): Wire {
  return {
    takesInput: fields.length > 0 || sources.length > 0,
    readsBody,
    usesCookies: sources.some((source) => source.from === 'cookie') || wayIn === true,
    isStrict: strict === true,
  }
}

type ServedParts = Pick<Served, 'fields' | 'readsBody' | 'sources'>

/** The schema of what a template prints. */
function describeTree(tree: Tree): Schema | Json {
  switch (tree.kind) {
    case 'constant':
      return { const: tree.value }
    case 'text':
      return { type: 'string' }
    case 'reference':
      return describeReference(tree.to)
    case 'view':
      return describeTree(tree.as)
    case 'each':
      return { type: 'array', items: describeTree(tree.as) }
    case 'held':
      return tree.only ? describeTree(tree.as) : { type: 'array', items: describeTree(tree.as) }
    case 'first':
      return { anyOf: tree.of.map(describeTree) }
    case 'all':
    case 'is':
      return { type: 'boolean' }
    case 'grouped':
      return {
        type: 'object',
        additionalProperties: { type: 'array', items: describeTree(tree.as) },
      }
    case 'list':
      return { type: 'array', prefixItems: tree.items.map(describeTree) }
    case 'object': {
      const required = tree.members.filter(([, member]) => isAlways(member)).map(([name]) => name)
      return {
        type: 'object',
        properties: Object.fromEntries(tree.members.map(([name, member]) => [name, describeTree(member)])),
        ...(required.length > 0 && { required }),
      }
    }
  }
}

function isAlways(tree: Tree): boolean {
  if (tree.kind === 'reference') return tree.to.required
  return tree.kind === 'view' || tree.kind === 'each' || tree.kind === 'grouped' ? tree.of.required : true
}

function describeReference({ schema, codec }: Reference): Schema | Json {
  if (codec === 'rfc3339') return { type: 'string', format: 'date-time' }
  return schema
}
