// Which paths belong to whom besides the contracts' routes: the hosted pages', the server's own, and those of an earlier
// front end's pages, from which a browser is led to ours.
import type { Contract, PageRoute, Pages } from '@sallyport/protocol'
import { ContractFault, type Spot } from './compile.js'
import type { Own } from './own.js'
import { RENEWAL } from './renewal.js'
import type { Answer } from './serve.js'

/** Paths of earlier front ends' pages, and where they lead now; only where the hosted pages are served. */
export function formerPages(
  contracts: readonly Contract[],
  pages: Pages | undefined,
): ReadonlyMap<string, string> {
  return new Map(pages ? contracts.flatMap((contract) => Object.entries(contract.pages ?? {})) : [])
}

/** Leads a browser that navigates to the page that took the place of the one it asked for. */
export function leadTo(target: string, url: string): Answer {
  const query = url.split('?')[1]
  const location = query === undefined ? target : `${target}?${query}`
  return { status: 303, body: undefined, headers: ['location', location, 'cache-control', 'no-store'] }
}

/** The places of the pages that no contract has taken: a front door gives way, any other page stops the start. */
export function pagePlaces(spots: readonly Spot[], pages: Pages | undefined): PageRoute[] {
  if (!pages) return []
  const places = [...pages.routes, { method: 'GET' as const, path: pages.filesAt }]
  return places.filter(({ method, path }) => {
    const taken = spots.find((spot) => spot.method === method && spot.path === path)
    if (taken && path !== '/')
      throw new ContractFault(
        `contract "${taken.routes[0]?.speech.contract.name}", route "${method} ${path}": a hosted page stands there`,
      )
    return !taken
  })
}

/** Throws ContractFault where a contract takes a path of the server's own. */
export function assertFree(spots: readonly Spot[], own: readonly Own[]): void {
  for (const { method, path, routes } of spots)
    if (
      path === RENEWAL ||
      /^\/(?:gate|\.sallyport)\//.test(path) ||
      own.some((page) => page.path === path && method === 'GET')
    )
      throw new ContractFault(
        `contract "${routes[0]?.speech.contract.name}", route "${method} ${path}": the path is the server's own`,
      )
}
