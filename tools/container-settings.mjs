// The variables that compose files hand to Sallyport, held against the page of its settings. Part of container.mjs.

/** The names of all settings, from the page that is printed of them. */
export function settingsOf(files, read) {
  const page = files.includes('docs/settings.md') ? read('docs/settings.md') : ''
  return new Set([...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name))
}

/** The variables for Sallyport that no setting has: the server would refuse to start. */
export function unknown(text, settings) {
  if (settings.size === 0) return ['docs/settings.md lists no settings, so no variable was checked']
  const variables = [...new Set([...text.matchAll(/^ +SALLYPORT_(\w+):/gm)].map(([, name]) => name))]
  const nameOf = (variable) =>
    variable
      .replace(/_FILE$/, '')
      .toLowerCase()
      .replaceAll('__', '.')
  return variables.filter((one) => !settings.has(nameOf(one))).map((one) => `SALLYPORT_${one} is no setting`)
}
