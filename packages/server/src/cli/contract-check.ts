// `sallyport contract check`: every mistake of a contract at once, for whoever writes one.
import { readFileSync } from 'node:fs'
import { contracts } from '@sallyport/protocol'
import { judgeContract } from '../server.js'
import type { Run } from './call.js'
import { json, out } from './print.js'
import { usage } from './speak.js'

/** Ends with 1 where there are mistakes. Throws CommandError (2) for a file that cannot be read. */
export const check: Run = async ({ names, options }) => {
  const [name = ''] = names
  const findings = await judgeContract(read(name))
  if (options.json) await out(json({ items: findings }))
  else {
    const lines = findings.map(({ path, says, remedy }) => `${path || '/'}: ${says}\n  → ${remedy}\n`)
    await out(lines.join(''))
    const count = findings.length === 1 ? 'a mistake' : `${findings.length} mistakes`
    process.stderr.write(
      findings.length === 0
        ? `${name} is right. Open it with: npm start -- --contract ${name}\n`
        : `${name} has ${count}\n`,
    )
  }
  return findings.length === 0 ? 0 : 1
}

function read(name: string): unknown {
  const known = contracts.find(({ contract }) => contract.name === name)
  if (known) return known.contract
  try {
    return JSON.parse(readFileSync(name, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw usage(
      `${name} cannot be read as JSON: ${why}`,
      'Name a file, or begin one with: sallyport contract show com3014',
    )
  }
}
