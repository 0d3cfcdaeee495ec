# Every step here is one that a test runs too (tests/packaging): build the wheel, install the lock file, install
# the wheel, serve, ask for health.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /venv && python -m pip install --no-cache-dir "build>=1.3,<2"
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations ./migrations
COPY fedi_aid ./fedi_aid
RUN python -m build --wheel --outdir /wheels . && /venv/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home fedi_aid && install --directory --owner fedi_aid /data
COPY --from=build /venv /venv
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 FEDI_AID_DATA_DIR=/data FEDI_AID_LOG_FORMAT=json
USER fedi_aid
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["fedi_aid", "doctor", "--health", "http://127.0.0.1:8080/health"]
CMD ["fedi_aid", "serve", "--host", "0.0.0.0", "--port", "8080"]
