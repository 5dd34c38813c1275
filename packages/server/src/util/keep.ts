/** Sets an entry of a map that holds so many at most: the oldest makes room, and its value is answered. */
export function keep<V>(kept: Map<string, V>, key: string, value: V, most: number): V | undefined {
  const oldest = kept.size >= most ? kept.keys().next().value : undefined
  const gone = oldest === undefined ? undefined : kept.get(oldest)
  if (oldest !== undefined) kept.delete(oldest)
  kept.set(key, value)
  return gone
}
