// `sallyport contract check`: every mistake of a contract at once, for whoever writes one.
import { judgeContract } from '../server.js'
import type { Run } from './call.js'
import { readContract } from './contract.js'
import { json, out } from './print.js'

/** Ends with 1 where there are mistakes. Throws CommandError (2) for a file that cannot be read. */
export const check: Run = async ({ names, options }) => {
  const [name = ''] = names
  const findings = await judgeContract(readContract(name))
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
