# Moves the encrypted files into the volume TARGET as one backup, and removes outdated ones.
#
# A backup gets its name when it is complete, and loses it before it is removed.
set -euo pipefail
umask 077
. "$CONFIG/layout.sh"

name="$PREFIX-$(created %Y%m%dT%H%M%SZ)"
draft="$TARGET/.$name.partial"
# What a killed job has left: no other one runs at the same time.
rm -rf "$TARGET/.$PREFIX"-*.partial
trap 'rm -rf "$draft"' EXIT

mkdir "$draft"
cp "$WORK/files"/* "$draft/"
manifest "$WORK/files" > "$draft/manifest.json"
sync
mv -T "$draft" "$TARGET/$name"
sync
echo "Written: $name"

for backup in "$TARGET/$PREFIX"-????????T??????Z; do
  echo "${backup##*/}"
done | sort -r | outdated | while read -r old; do
  mv "$TARGET/$old" "$TARGET/.$old.partial"
  rm -rf "$TARGET/.$old.partial"
  echo "Removed: $old"
done
