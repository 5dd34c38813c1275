// A lock file must install everywhere and run nothing. A registry that lags behind lets `npm install` write a lock
// whose packages for other platforms are missing, and only `npm ci` on a clean machine notices; this notices first.

// The locks, each with the manifests whose versions it holds. What the benchmark measures ours against is installed
// apart, by its own lock, and may want other versions.
const locks = {
  'package-lock.json': /^(packages\/[^/]+\/)?package\.json$/,
  'bench/rivals/package-lock.json': /^bench\/rivals\/package\.json$/,
}

// Packages whose install script may stay, because they work without it (`npm ci --ignore-scripts` is enough).
// These carry their prebuilt binaries; their scripts only look for one.
const harmlessScripts = ['node_modules/@photostructure/sqlite', 'node_modules/bcrypt']

const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @returns {string[]} problems
 */
export function check(tree) {
  return Object.entries(locks).flatMap(([lock, manifest]) => {
    const wanted = tree.files.filter((path) => manifest.test(path))
    if (lock !== 'package-lock.json' && wanted.length === 0) return []
    if (!tree.files.includes(lock)) return [`${lock}: is missing, so nothing was checked`]
    const entries = Object.entries(JSON.parse(tree.read(lock)).packages ?? {})
    if (entries.length < 2) return [`${lock}: holds no packages, so nothing was checked`]
    return [
      ...entries.flatMap((entry) => entryProblems(lock, entry, entries)),
      ...manifests(wanted, tree.read),
    ]
  })
}

function entryProblems(lock, [path, entry], entries) {
  const where = `${lock}: ${path || 'the root'}`
  const problems = Object.entries(entry.optionalDependencies ?? {})
    .filter(
      ([name]) => !entries.some(([other, { version }]) => other.endsWith(`node_modules/${name}`) && version),
    )
    .map(
      ([name, range]) => `${where}: needs ${name}@${range}, which has no entry; npm ci will fail elsewhere`,
    )
  if (entry.hasInstallScript && !harmlessScripts.includes(path))
    problems.push(`${where}: runs a script when it is installed`)
  if (!path.includes('node_modules/') || entry.link) return problems
  if (entry.resolved) problems.push(`${where}: names the host ${entry.resolved}`)
  if (!entry.integrity && !entry.inBundle) problems.push(`${where}: has no integrity hash`)
  return problems
}

function manifests(paths, read) {
  const seen = new Map()
  return paths.flatMap((path) => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(path))
    return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).flatMap(
      ([name, version]) => {
        if (!exact.test(version)) return [`${path}: ${name} must be one exact version, not ${version}`]
        const other = seen.get(name) ?? version
        seen.set(name, other)
        return other === version ? [] : [`${path}: ${name} is ${version} here and ${other} elsewhere`]
      },
    )
  })
}
