// The file .env of the working directory, which `sallyport init` writes: SALLYPORT_ variables that stand in for those
// the environment does not have. Other names in it belong to other programs.
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartError } from '../config/errors.js'
import { reasonOf } from '../config/given.js'

export const envFile = '.env'

/** What the file says of Sallyport; nothing where there is none. Throws StartError where it cannot be read. */
function readEnvFile(): Record<string, string> {
  let text: string
  try {
    text = readFileSync(envFile, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new StartError(
      `${envFile} cannot be read (${reasonOf(error)})`,
      `Look at it with: ls -l ${envFile}`,
    )
  }
  const values = Object.entries(parseEnv(text)).filter(
    (entry): entry is [string, string] => entry[0].startsWith('SALLYPORT_') && entry[1] !== undefined,
  )
  return Object.fromEntries(values)
}

/** The environment, and behind it the file: a name that the environment has in either form is not taken from it. */
export function withEnvFile(env: NodeJS.ProcessEnv): {
  env: NodeJS.ProcessEnv
  fromFile: ReadonlySet<string>
} {
  const bare = (name: string) => name.replace(/_FILE$/, '')
  const taken = new Set(Object.keys(env).map(bare))
  const added = Object.entries(readEnvFile()).filter(([name]) => !taken.has(bare(name)))
  return { env: { ...Object.fromEntries(added), ...env }, fromFile: new Set(added.map(([name]) => name)) }
}
