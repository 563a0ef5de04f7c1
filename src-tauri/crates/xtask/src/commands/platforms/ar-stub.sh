#!/bin/sh
# Stands in for an archiver: leaves an empty archive. Called as `ar FLAGS FILE OBJECTS…`.
for argument in "$@"; do
  case $argument in
    *.a) printf '!<arch>\n' > "$argument" ;;
  esac
done
