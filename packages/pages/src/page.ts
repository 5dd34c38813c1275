// What a page is: a place, who may come, what it shows, and what its form does.
import type { PageAnswer } from '@sallyport/protocol'
import type { Flow } from './flow.js'
import type { Aliases, Problems } from './problems.js'
import type { Visit } from './visit.js'

export interface Page {
  /** As in routes.ts. */
  readonly path: string
  /** Somebody signed in; whoever is not is sent to sign in first. */
  readonly needs?: 'session'
  /** Flows whose return address this page goes on with. */
  readonly flows?: readonly Flow['kind'][]
  /** What its form does harms nobody: no token is asked for. */
  readonly tokenless?: true
  /** Form fields by the member that a failure names. */
  readonly aliases?: Aliases
  /** The page, or the page again with what was wrong. */
  show(visit: Visit, problems?: Problems): PageAnswer | Promise<PageAnswer>
  /** What its form does. Throws Failure. */
  act?(visit: Visit): Promise<PageAnswer>
}
