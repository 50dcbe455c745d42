# Event Lens for the full stack (docker-compose.yml); web, worker, chores, beat and migrate run from this one image.

FROM python:3.12-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends default-libmysqlclient-dev gcc pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
WORKDIR /build
COPY requirements.txt ./
COPY requirements/mysql.txt requirements/
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements/mysql.txt

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home eventlens \
    && install -d -o eventlens /data
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY eventlens eventlens
COPY analytics analytics
COPY ingestion ingestion
COPY insights insights
COPY clickhouse_migrations clickhouse_migrations
COPY deploy deploy
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    EVENTLENS_HOST=0.0.0.0 \
    EVENTLENS_DATA_DIR=/data
RUN python -m compileall -q eventlens analytics ingestion insights
USER eventlens
VOLUME /data
EXPOSE 3002
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "--worker-tmp-dir", "/dev/shm", "eventlens.asgi"]
