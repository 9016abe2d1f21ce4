#!/bin/sh
# Collects every text of the product into portal/locales/portal.pot, which translations start from.
# With --check it writes nothing and fails when the catalogue is not up to date.
set -eu
cd "$(dirname "$0")/.."
catalogue=portal/locales/portal.pot
fresh=build/portal.pot

mkdir -p build
.venv/bin/pybabel -q extract --mapping-file pyproject.toml --keyword to_translate --no-location --sort-output --omit-header \
    --output "$fresh" portal templates

if [ "${1-}" != --check ]; then
    mkdir -p "$(dirname "$catalogue")"
    cp "$fresh" "$catalogue"
elif [ -e "$catalogue" ] && ! diff -u "$catalogue" "$fresh"; then
    echo "The texts changed. Run: make messages"
    exit 1
fi
