# The image holds the program and the libraries it links, and runs it as nobody in particular.
#
#   docker build -t aluvia-connect .
#   docker run --rm --network container:AGENT -e ALUVIA_TOKEN aluvia-connect
#
# The proxy listens on 127.0.0.1, so it is made for sharing a network namespace with the agent that uses it:
# --network container:…, or a second container in the same pod. A published port would not reach it.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/setup scripts/
RUN scripts/setup build package && rm -rf /var/lib/apt/lists/*
COPY . .
RUN scripts/package

FROM debian:bookworm-slim
COPY --from=build /src/build/release/aluvia-connect_*.deb /tmp/
RUN apt-get update -q && \
    apt-get install -yq --no-install-recommends /tmp/aluvia-connect_*.deb && \
    rm -rf /var/lib/apt/lists/* /tmp/aluvia-connect_*.deb
USER 10001:10001
EXPOSE 54321
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["/usr/bin/aluvia-connect", "healthcheck", "--port", "54321"]
ENTRYPOINT ["/usr/bin/aluvia-connect"]
CMD ["run", "--port", "54321"]
