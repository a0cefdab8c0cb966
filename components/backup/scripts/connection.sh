# Splits the connection string CONNECTION into the variables of libpq: as an argument, every process could read it.
address="${CONNECTION#*://}"
query="${address#*\?}"
[ "$query" != "$address" ] || query=
address="${address%%\?*}"
login="${address%@*}"
place="${address##*@}"
database="${place#*/}"
host="${place%%/*}"

decoded() {
  # Only a backslash that comes from a percent sign is special to printf.
  local escaped="${1//\\/\\\\}"
  printf '%b' "${escaped//%/\\x}"
}

case "$address" in
  *@*/?*) ;;
  *)
    echo "error: the connection string has no user, host and database. Expected postgres://USER:PASSWORD@HOST/NAME." >&2
    exit 1
    ;;
esac
export PGPORT=5432
case "$host" in
  \[*\]:*) PGPORT="${host##*:}"; host="${host%:*}" ;;
  \[*\]) ;;
  *:*) PGPORT="${host##*:}"; host="${host%:*}" ;;
esac
host="${host#\[}"
PGHOST="$(decoded "${host%\]}")"
PGUSER="$(decoded "${login%%:*}")"
PGPASSWORD="$(decoded "${login#*:}")"
PGDATABASE="$(decoded "$database")"
export PGHOST PGUSER PGPASSWORD PGDATABASE
case "&$query&" in
  # A word of Infisical's driver, which libpq does not know.
  *"&sslmode=no-verify&"*) export PGSSLMODE=require ;;
  *"&sslmode="*)
    mode="${query#*sslmode=}"
    export PGSSLMODE="${mode%%&*}"
    ;;
esac
unset CONNECTION
