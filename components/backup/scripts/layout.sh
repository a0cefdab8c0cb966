# The name and the manifest of a backup, and which backups are outdated. For any POSIX shell.

# The time of the dump in a format of `date`.
created() {
  date -u -d "@$(cat "$WORK/created")" "+$1"
}

# The manifest of the files in a folder.
manifest() {
  files=
  for file in "$1"/*; do
    sum="$(sha256sum < "$file")"
    bytes="$(wc -c < "$file")"
    files="$files${files:+, }\"${file##*/}\": {\"bytes\": $((bytes)), \"sha256\": \"${sum%% *}\"}"
  done
  set -- -e "s/@CREATED@/$(created %Y-%m-%dT%H:%M:%SZ)/" -e "s/\"@FILES@\"/{$files}/"
  number=0
  while read -r fingerprint; do
    set -- "$@" -e "s/@OPENPGP_${number}@/$fingerprint/"
    number=$((number + 1))
  done < "$WORK/openpgp"
  sed "$@" "$CONFIG/manifest.json"
}

# Reads names, the newest first, and prints those beyond KEEP backups and KEEP_DAYS days. The newest one always stays.
outdated() {
  oldest=0
  if [ -n "${KEEP_DAYS:-}" ]; then
    oldest="$(date -u -d "@$(($(date -u +%s) - KEEP_DAYS * 86400))" +%Y%m%d%H%M%S)"
  fi
  number=0
  while read -r name; do
    number=$((number + 1))
    time="$(printf %s "${name##*-}" | tr -d TZ)"
    [ "$number" -gt 1 ] || continue
    if [ -n "${KEEP:-}" ] && [ "$number" -gt "$KEEP" ] || [ "$time" -lt "$oldest" ]; then
      echo "$name"
    fi
  done
}
