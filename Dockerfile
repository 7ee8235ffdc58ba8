# docker build -t nightlift .
# docker run --rm --network none -v "$PWD:/photos" nightlift enhance night.jpg
# docker run --rm -p 127.0.0.1:8765:8765 nightlift serve --host 0.0.0.0
FROM python:3.12-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN python -m venv /opt/nightlift \
    && /opt/nightlift/bin/pip install --no-cache-dir ".[heic,raw,jxl,video,pdf,web,watch]" \
    && /opt/nightlift/bin/nightlift doctor

FROM python:3.12-slim-bookworm
COPY --from=build /opt/nightlift /opt/nightlift
RUN useradd --create-home --uid 1000 nightlift
USER 1000
WORKDIR /photos
ENV PATH=/opt/nightlift/bin:$PATH
EXPOSE 8765
ENTRYPOINT ["nightlift"]
CMD ["--help"]
