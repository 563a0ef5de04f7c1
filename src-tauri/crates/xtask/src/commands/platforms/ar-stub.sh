#!/bin/sh
# In place of an archiver: writes an empty archive. It is called as `ar FLAGS FILE OBJECTS…`.
for argument in "$@"; do
  case $argument in
    *.a) printf '!<arch>\n' > "$argument" ;;
  esac
done
