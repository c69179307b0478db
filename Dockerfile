# Builds an image with the portable program, glibc, the CA certificates and a user: no shell, no package manager, nothing writable.
#
#   scripts/image                                 # with docker, podman or buildah
#   docker build -t aluvia-connect:0.1.0 .        # the same by hand (podman: --format docker, or it drops the HEALTHCHECK)
#
# docs/container.md says how to run it.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/setup scripts/
# apt's lists stay in this stage: by them packaging/portable finds a mirror.
RUN scripts/setup build portable
# Only the sources of the program, so that a change of other files compiles nothing.
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake/
COPY lib lib/
COPY app app/
COPY packaging/portable packaging/portable/
RUN cmake --preset release -DALUVIA_TESTS=OFF -DALUVIA_BENCH=OFF -DALUVIA_PACKAGING=OFF && \
    cmake --build --preset release --target aluvia-connect-portable
COPY LICENSE ./
COPY scripts/bill-of-materials scripts/version scripts/
COPY packaging/debian/changelog packaging/debian/
COPY packaging/container packaging/container/
RUN packaging/container/root build/release/portable/aluvia-connect /image

FROM scratch
COPY --from=build /image /
# The last place to search for a token: /run/secrets/aluvia-token counts unless ALUVIA_TOKEN, ALUVIA_TOKEN_FILE, a
# configuration file or an option names another.
ENV CREDENTIALS_DIRECTORY=/run/secrets
# In the environment, so that `run` with other options and all commands use the same port.
ENV ALUVIA_PORT=54321
EXPOSE 54321
# By number, so that Kubernetes can see that it is not root. Any other number works: no file of the image belongs to it.
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/aluvia-connect", "healthcheck"]
ENTRYPOINT ["/usr/bin/aluvia-connect"]
CMD ["run"]
# Last, so that a new revision alone rebuilds no other layer.
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="aluvia-connect" \
      org.opencontainers.image.description="Local smart proxy for AI agents: by the account's rules through Aluvia's gateway or straight to the site" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.source="$SOURCE"
