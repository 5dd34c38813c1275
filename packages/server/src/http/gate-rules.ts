// The rules that an operator writes on the gate's address. A rule that is not known, or says nothing that can be read,
// lets nobody pass: left out, it would let everybody.
import type { GateRules } from '../domain/context.js'
import { parseDuration } from '../util/duration.js'

export interface Rules extends GateRules {
  /** In whose words, and with whose tokens alone. */
  readonly contract: string | undefined
  /** How the headers are called that tell who the visitor is. */
  readonly headers: string
}

/** What is wrong with a rule, for the log. */
export class RuleFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RuleFault'
  }
}

export const noRules: Rules = {
  roles: [],
  verified: false,
  mfa: false,
  maxAge: undefined,
  live: false,
  contract: undefined,
  headers: 'remote',
}

type Change = (before: Rules, value: string) => Rules | undefined

const role = /^[A-Za-z0-9_.:-]{1,64}$/
const once = <K extends keyof Rules>(name: K, read: (value: string) => Rules[K] | undefined): Change => {
  return (before, value) => {
    const found = before[name] === noRules[name] ? read(value) : undefined
    return found === undefined ? undefined : { ...before, [name]: found }
  }
}
const yes = (value: string) => value === '1' || undefined

const known: Readonly<Record<string, Change>> = {
  // Each `role` asks for one role of its list; two of them ask for both.
  role: (before, value) => {
    const list = value.split(',')
    return list.every((one) => role.test(one)) ? { ...before, roles: [...before.roles, list] } : undefined
  },
  verified: once('verified', yes),
  mfa: once('mfa', yes),
  live: once('live', yes),
  max_age: once('maxAge', parseDuration),
  contract: once('contract', (value) => value || undefined),
  headers: once('headers', (value) => value || undefined),
}

/** Rules as they stand in a query. Throws RuleFault. */
export function parseRules(text: string): Rules {
  let rules = noRules
  for (const [name, value] of new URLSearchParams(text)) {
    const change = Object.hasOwn(known, name) ? known[name] : undefined
    if (!change) throw new RuleFault(`there is no rule "${name}"; there are ${Object.keys(known).join(', ')}`)
    const after = change(rules, value)
    if (!after) throw new RuleFault(`the rule ${name}=${value} cannot be read, or stands there twice`)
    rules = after
  }
  return rules
}
