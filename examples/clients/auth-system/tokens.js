// Both tokens, where all tabs find them.
const accessKey = 'access-token'
const refreshKey = 'refresh-token'

/** @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} storage localStorage */
export const createTokens = (storage) => ({
  access: () => storage.getItem(accessKey),
  refresh: () => storage.getItem(refreshKey),
  keep: ({ access_token: access, refresh_token: refresh }) => {
    storage.setItem(accessKey, access)
    storage.setItem(refreshKey, refresh)
  },
  forget: () => {
    storage.removeItem(accessKey)
    storage.removeItem(refreshKey)
  },
})
