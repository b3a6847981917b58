# syntax=docker/dockerfile:1
FROM rust:1.95-slim-trixie AS build
# The vendored OpenSSL is configured by perl and built by make.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make perl \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --features tls \
 && install target/release/proviso /usr/local/bin/proviso

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /var/lib/proviso --create-home --shell /usr/sbin/nologin proviso
COPY --from=build /usr/local/bin/proviso /usr/local/bin/proviso
ENV PROVISO__SERVER__BIND=0.0.0.0:8080 \
    PROVISO__DATABASE__URL=sqlite:/var/lib/proviso/proviso.sqlite
# FROM names versions and never `latest`; the user has a number, so that `runAsNonRoot` can be checked.
# The one place that is written to: the root file system may be read-only.
WORKDIR /var/lib/proviso
VOLUME /var/lib/proviso
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["proviso", "healthcheck"]
ENTRYPOINT ["proviso"]
CMD ["serve"]
