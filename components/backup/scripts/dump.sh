# Dumps the database into memory, and encrypts it to the OpenPGP keys. The arguments are options of pg_dump.
#
# CONFIG has the public keys NAME.asc. PLAIN is in memory, and WORK on a disk. The login is in PG… or in CONNECTION.
set -euo pipefail
umask 077
export LC_ALL=C

if [ -n "${CONNECTION:-}" ]; then
  . "$CONFIG/connection.sh"
fi
mkdir -p "$WORK/files"
date -u +%s > "$WORK/created"

# psql of a server older than these lines stops at them: a dump has to go into the server that it comes from.
of_newer_psql='1,40{/^\\restrict [A-Za-z0-9]+$/d;/^SET transaction_timeout = 0;$/d};/^\\unrestrict [A-Za-z0-9]+$/d'
if ! pg_dump "$@" < /dev/null | sed -E "$of_newer_psql" | gzip > "$PLAIN/database.sql.gz"; then
  echo "error: Infisical's database was not dumped. Nothing was written." >&2
  exit 1
fi

: > "$WORK/openpgp"
export GNUPGHOME="$PLAIN/gnupg"
recipients=()
for key in "$CONFIG"/*.asc; do
  [ -e "$key" ] || continue
  mkdir -p "$GNUPGHOME"
  recipients+=(--recipient-file "$key")
  gpg --batch --no-tty --with-colons --show-keys "$key" | awk -F: '$1 == "fpr" { print $10; exit }' >> "$WORK/openpgp"
done
if [ "${#recipients[@]}" -gt 0 ]; then
  gpg --batch --no-tty --quiet "${recipients[@]}" \
    --encrypt --output "$WORK/files/database.sql.gz.gpg" "$PLAIN/database.sql.gz"
fi
