// Settings from the environment: SALLYPORT_ and the name in upper case, `__` between levels, and `_FILE` behind any
// of them for a value that lives in a file (as container secrets do).

import { nearest } from '../util/nearest.js'
import { type Given, type Reading, readValueFile } from './given.js'
import { type Declared, find, prefix, variableOf } from './names.js'

export function readEnvironment(env: NodeJS.ProcessEnv, declared: Declared): Reading {
  const reading: Reading = { given: [], problems: [] }
  for (const variable of Object.keys(env).sort()) {
    const raw = env[variable]
    if (raw !== undefined && variable.startsWith(prefix)) readVariable(variable, raw, declared, reading)
  }
  return reading
}

function readVariable(variable: string, raw: string, declared: Declared, reading: Reading): void {
  const found = find(variable, declared, variableOf, '_FILE')
  if (!found) {
    const says = unknownVariable(variable, raw, declared)
    reading.problems.push({ name: variable, source: 'environment', where: variable, says })
    return
  }
  const { setting, fromFile } = found
  const twin = reading.given.find((given) => given.setting === setting)
  const given: Given = { setting, source: 'environment', where: variable, raw }
  const problem = (says: string) => reading.problems.push({ ...given, name: setting.name, says })
  if (twin) problem(`${setting.name} is already set by ${twin.where}; keep one of the two`)
  else if (!fromFile) reading.given.push(given)
  else {
    const content = readValueFile(raw)
    if ('says' in content) problem(content.says)
    else reading.given.push({ ...given, raw: content.value })
  }
}

function unknownVariable(variable: string, raw: string, declared: Declared): string {
  if (/^(tcp|udp):\/\//.test(raw) || /_SERVICE_(HOST|PORT)/.test(variable))
    return 'is no setting; Kubernetes adds it for a Service called sallyport: set enableServiceLinks: false in the pod'
  const meant = nearest(variable.slice(prefix.length), declared.keys())
  return `is no setting${meant ? `; did you mean ${variableOf(meant)}?` : ''}`
}
