#!/bin/sh
# Creates .venv and installs into it a lock (setup.sh requirements.txt) or this checkout itself, editable (setup.sh app).
# Uses uv where it is present, else Python's own venv and pip.
set -eu
cd "$(dirname "$0")/.."
what=$1

has_uv() { command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; }

find_python() {
    too_old=
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        command -v "$name" >/dev/null 2>&1 || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
                echo "$name"
                return
            fi
            echo "Earshot needs Python's venv, which $name here lacks." >&2
            echo "On Debian or Ubuntu: apt-get install python3-venv" >&2
            return 1
        fi
        too_old=" ($name here is older)"
    done
    echo "Earshot needs Python 3.11 or newer, with venv$too_old." >&2
    echo "On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    return 1
}

if [ ! -x .venv/bin/python ]; then
    echo "Creating the Python environment in .venv"
    if has_uv; then
        uv venv --quiet --clear --python '>=3.11' .venv
    else
        python=$(find_python)
        "$python" -m venv --clear .venv
    fi
fi

install() {
    if has_uv; then
        VIRTUAL_ENV=.venv uv pip install --quiet --compile-bytecode "$@"
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
    fi
}

if [ "$what" = app ]; then
    install --no-deps --no-build-isolation --editable .
    .venv/bin/python -m compileall -q portal
else
    echo "Installing what $what names"
    # The lock is complete. A resolver has nothing to add, and an older pip's fails as soon as a newer version appears.
    install --no-deps --require-hashes --requirement "$what"
fi
