// The program's version; a test compares it with package.json, so that the bundle need not read a file to know it.
export const version = '0.1.0'
