// Inputs of a route: what of the operation's is read, where, and by which rules.
import type { Contract, Operation, Route, WireField } from '@sallyport/protocol'
import { nearest } from '../../util/nearest.js'
import { type Report, step } from './finding.js'

/** Reports what does not fit. */
export function checkInputs(
  contract: Contract,
  route: Route,
  operation: Operation,
  at: string,
  report: Report,
): void {
  checkNames(route.input, operation, `${at}/input`, report)
  checkNames(route.fixed, operation, `${at}/fixed`, report)
  checkNeeded(contract, route, operation, at, report)
  checkFixed(route, operation, at, report)
  for (const [name, wire] of Object.entries(route.input ?? {}))
    if (wire !== null) {
      const field = typeof wire === 'string' ? { names: [wire] } : wire
      checkField(contract, route, field, `${at}/input${step(name)}`, report)
    }
  checkParameters(route, at, report)
}

function checkNames(named: object | undefined, operation: Operation, at: string, report: Report): void {
  const known = Object.keys(operation.input.properties ?? {})
  for (const name of Object.keys(named ?? {})) {
    if (known.includes(name) || Object.hasOwn(operation.refuses ?? {}, name)) continue
    const meant = nearest(name, known)
    const remedy = meant ? `write ${meant}` : `there are ${known.join(', ') || 'none'}`
    report('input_unknown', at + step(name), `${operation.name} has no such input`, remedy)
  }
}

function checkNeeded(
  { members }: Contract,
  { input, fixed = {} }: Route,
  { name: operation, input: { required = [] } }: Operation,
  at: string,
  report: Report,
): void {
  for (const name of required) {
    const isListed = Object.hasOwn(input ?? {}, name)
    const isRead = input?.[name] !== null && (isListed || members !== 'listed')
    if (!isRead && !Object.hasOwn(fixed, name))
      report(
        'input_needed',
        `${at}/input${step(name)}`,
        `${operation} needs it, and it is not read`,
        'name its member, or fix its value',
      )
  }
}

function checkFixed({ fixed = {} }: Route, { input }: Operation, at: string, report: Report): void {
  for (const [name, value] of Object.entries(fixed)) {
    const { type } = input.properties?.[name] ?? {}
    if (!fits(type, value))
      report(
        'fixed_value',
        `${at}/fixed${step(name)}`,
        'is of another type than the operation takes',
        `must be ${type}`,
      )
  }
}

function fits(type: unknown, value: unknown): boolean {
  const types = [type].flat()
  const own =
    typeof value === 'number'
      ? Number.isInteger(value)
        ? ['integer', 'number']
        : ['number']
      : [typeof value]
  return type === undefined || own.some((one) => types.includes(one))
}

export const isBodiless = ({ on }: Route) => on.startsWith('GET ')

const parametersOf = ({ on }: Route) => [...on.matchAll(/:(\w+)/g)].map(([, name]) => name as string)

function checkField(contract: Contract, route: Route, field: WireField, at: string, report: Report): void {
  const { names, from = isBodiless(route) ? 'query' : 'body', codec, by, min, max, repeats } = field
  if (from === 'body' && isBodiless(route))
    report('input_place', at, 'this method has no body', 'read it from the query or the path')
  if (from === 'path' && !names.every((name) => parametersOf(route).includes(name)))
    report(
      'input_place',
      at,
      `the path has no parameter ":${names[0]}"`,
      `there are ${parametersOf(route).join(', ') || 'none'}`,
    )
  const isOfRoles = codec === 'roles' || codec === 'role'
  const entries = contract.roles ?? []
  if (
    isOfRoles &&
    (by === undefined || entries.length === 0 || entries.some((entry) => entry[by] === undefined))
  )
    report(
      'input_rule',
      at,
      '`by` must name a member that every entry of /roles has',
      'write such as "by": "id"',
    )
  if (!isOfRoles && by !== undefined)
    report('input_rule', at, '`by` is for the codecs `roles` and `role`', 'take it away')
  if (min !== undefined && max !== undefined && min > max)
    report('input_rule', at, '`min` is more than `max`', 'turn them round')
  if (repeats !== undefined && names.includes(repeats))
    report('input_rule', at, 'repeats itself', 'name the member that says it a second time')
}

function checkParameters(route: Route, at: string, report: Report): void {
  const read = Object.values(route.input ?? {}).flatMap((wire) =>
    typeof wire === 'object' && wire?.from === 'path' ? wire.names : [],
  )
  for (const name of parametersOf(route))
    if (!read.includes(name))
      report(
        'parameter_unread',
        `${at}/on`,
        `nothing reads the parameter ":${name}"`,
        `add an input with "names": ["${name}"], "from": "path"`,
      )
}
