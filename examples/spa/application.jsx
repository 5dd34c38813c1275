// What is shown follows from who is signed in, and nothing else. A session that ends, in this tab or another, leads back to
// the form by itself; a network that is away does not.
import { useSyncExternalStore } from 'react'
import { Account } from './account.jsx'
import { Entrance } from './entrance.jsx'
import { sallyport } from './sallyport.js'

const useSession = () => useSyncExternalStore(sallyport.subscribe, () => sallyport.snapshot)

export function Application() {
  const { status, user } = useSession()
  return (
    <main>
      <header>
        <span className="mark" aria-hidden="true" />
        Notes
      </header>
      {status === 'loading' && <p className="quiet">One moment …</p>}
      {status === 'signed-out' && <Entrance />}
      {user && <Account user={user} away={status === 'stale'} />}
    </main>
  )
}
