// A session that outlives the page and is shared by all tabs of an origin. A transaction of IndexedDB is what makes
// compare-and-set one step across tabs; localStorage could not.
import { empty, memory, type SessionStore, type Stored } from './store.js'

const table = 'sessions'

/**
 * A store in the browser's IndexedDB. Where the browser has none, or refuses it to this page, it is memory that the page
 * alone sees.
 *
 * @param name of the session, for an application that keeps several; one for each issuer by default
 */
export function indexedDatabase(name = 'default'): SessionStore {
  const instead = memory()
  let opened: Promise<IDBDatabase | undefined> | undefined
  const database = () => {
    // Closed by the browser, when somebody clears what pages keep: it is opened again at the next use.
    opened ??= open(() => {
      opened = undefined
    }).catch(() => undefined)
    return opened
  }
  return {
    shared: name,
    read: async () => {
      const base = await database()
      if (base === undefined) return instead.read()
      const request = base.transaction(table).objectStore(table).get(name)
      return ((await finished(request)) as Stored | undefined) ?? empty
    },
    compareAndSet: async (generation, next) => {
      const base = await database()
      return base === undefined ? instead.compareAndSet(generation, next) : put(base, name, generation, next)
    },
  }
}

async function open(closed: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open('sallyport', 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(table)
  const base = await finished(request)
  base.onclose = closed
  return base
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Reads, compares and writes in one transaction; answers after it is on disk, or false where it was not made. */
function put(base: IDBDatabase, name: string, generation: number, next: Stored): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(table, 'readwrite')
    const store = transaction.objectStore(table)
    const request = store.get(name)
    let written = false
    request.onsuccess = () => {
      const found = (request.result as Stored | undefined) ?? empty
      if (found.generation !== generation) return
      written = true
      store.put(next, name)
    }
    transaction.oncomplete = () => resolve(written)
    transaction.onabort = () => reject(transaction.error)
  })
}
