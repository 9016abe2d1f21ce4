#!/bin/sh
# Writes the hashed requirements files from pyproject.toml. Takes newer versions only with --upgrade.
# The result names no package index and no folder of this machine, so that it installs anywhere.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "Making the locks needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }

compile() {
    uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links "$@" >/dev/null
}

compile pyproject.toml --group build --output-file requirements.txt "$@"
compile pyproject.toml --group build --group dev --constraints requirements.txt --output-file requirements-dev.txt "$@"
compile --group node --output-file requirements-node.txt "$@"
