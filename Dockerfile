# syntax=docker/dockerfile:1
# Two stages: one with the build tools, one with nothing but Node, the bundle and the drivers.
# No tini: the program handles SIGTERM and SIGINT itself and starts no processes, so there is nobody to reap.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/verify/package.json packages/verify/
COPY packages/client/package.json packages/client/
COPY packages/pages/package.json packages/pages/
COPY packages/server/package.json packages/server/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.json ./
COPY tools tools
COPY packages packages
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    SALLYPORT_HOST=0.0.0.0 \
    SALLYPORT_DATA_DIR=/data
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/packages/server/package.json packages/server/
COPY --from=build /src/packages/server/bin packages/server/bin
COPY --from=build /src/packages/server/bundle packages/server/bundle
RUN install --directory --owner=node --group=node --mode=0700 /data
USER node
VOLUME /data
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4400/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "packages/server/bin/sallyport.mjs"]
CMD ["serve"]
