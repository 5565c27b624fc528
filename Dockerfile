# moss-server and moss in an image that holds nothing else: no shell, no libc, no user but its own.
#
#   docker build --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" -t moss-server .
FROM rust:1.95.0-bookworm AS build
WORKDIR /moss
COPY . .
# The same archives as a release, for the processor it is built on. A commit's time stands for the
# clock: no .git comes along.
ARG SOURCE_DATE_EPOCH=0
RUN cargo xtask dist --out /dist && packaging/image-root /dist /image

FROM scratch
COPY --from=build /image /
ENV PATH=/bin \
    MOSS_SERVER__HOST=0.0.0.0 \
    MOSS_DATABASE__PATH=/data/tasks.db
USER 65532:65532
WORKDIR /workspace
VOLUME ["/config", "/data", "/workspace"]
EXPOSE 6565
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["/bin/moss-server", "health", "--config", "/config/config.yaml"]
ENTRYPOINT ["/bin/moss-server"]
CMD ["serve", "--config", "/config/config.yaml"]
