// Templates of the operator: `<mail.templates>/<language>/<name>`, with the names that sources.ts gives the built-in
// ones, and `layout.html` beside the languages. A file that nothing would ever read is a misspelling, and said so.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DeliveryMisconfigured } from '../delivery.js'

export interface Found {
  readonly path: string
  readonly source: string
}

export interface Folder {
  readonly layout?: Found
  /** By language as its directory is called, then by name. */
  readonly languages: ReadonlyMap<string, ReadonlyMap<string, Found>>
}

const LARGEST = 256 * 1024
const tag = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/

/** Everything in the folder; `names` are those that mean something. Throws DeliveryMisconfigured naming the file. */
export function readFolder(folder: string, names: ReadonlySet<string>): Folder {
  const languages = new Map<string, ReadonlyMap<string, Found>>()
  let layout: Found | undefined
  for (const { path, name, isFolder } of entriesOf(folder)) {
    if (name === 'layout.html' && !isFolder) layout = read(path)
    else if (isFolder && tag.test(name)) languages.set(name, readLanguage(path, names))
    else
      throw unusable(
        path,
        'is neither layout.html nor the directory of a language',
        'Name directories by BCP 47 tags such as de or pt-BR, and move other files away',
      )
  }
  return { languages, ...(layout && { layout }) }
}

function readLanguage(folder: string, names: ReadonlySet<string>): ReadonlyMap<string, Found> {
  return new Map(
    entriesOf(folder).map(({ path, name, isFolder }) => {
      if (isFolder || !names.has(name))
        throw unusable(path, 'is the template of nothing', `Templates are: ${[...names].sort().join(', ')}`)
      return [name, read(path)]
    }),
  )
}

/** What lies there, but for what editors and systems leave behind. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !/^\.|~$/.test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name }) => {
        const path = join(folder, name)
        return { path, name, isFolder: statSync(path).isDirectory() }
      })
  } catch (error) {
    throw unusable(folder, `cannot be read (${(error as NodeJS.ErrnoException).code})`, 'See mail.templates')
  }
}

function read(path: string): Found {
  try {
    const bytes = readFileSync(path)
    if (bytes.length > LARGEST) throw unusable(path, 'is larger than 256 KiB', 'Make it smaller')
    return { path, source: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    if (error instanceof DeliveryMisconfigured) throw error
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not UTF-8' : `cannot be read (${code})`
    throw unusable(path, why, 'Save it as UTF-8 where this user can read it')
  }
}

/** A template that cannot be used. */
export function unusable(path: string, why: string, next: string): DeliveryMisconfigured {
  return new DeliveryMisconfigured(`the template ${path} ${why}`, next)
}
