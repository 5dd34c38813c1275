// Values made at the first use of their key and kept.

interface Shelf<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): unknown
}

/** The value of a key, made where it is not there yet. */
export function once<K, V>(shelf: Shelf<K, V>, key: K, make: () => V): V {
  let value = shelf.get(key)
  if (value === undefined) {
    value = make()
    shelf.set(key, value)
  }
  return value
}
