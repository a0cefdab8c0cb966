# Uploads the encrypted files to REMOTE as one backup, and removes outdated ones. For any POSIX shell.
#
# The manifest comes last and goes first: a folder without it is no backup.
set -eu
umask 077
. "$CONFIG/layout.sh"

name="$PREFIX-$(created %Y%m%dT%H%M%SZ)"
manifest "$WORK/files" > "$WORK/manifest.json"

remove() {
  rclone purge "$REMOTE/$1"
}

if ! rclone copy "$WORK/files" "$REMOTE/$name" ||
  ! rclone copyto "$WORK/manifest.json" "$REMOTE/$name/manifest.json"; then
  echo "error: the backup was not uploaded. Check the endpoint, the bucket and its free space, and the login." >&2
  remove "$name" 2> /dev/null || true
  exit 1
fi
echo "Written: $name"

folders="$(rclone lsf --dirs-only "$REMOTE")"
whole="$(rclone lsf --recursive --files-only --include '/*/manifest.json' "$REMOTE")"

# The backups of this job that have a manifest ("whole") or have none ("part"), the newest first.
own() {
  echo "$folders" | sort -r | while read -r folder; do
    case "$folder" in
      "$PREFIX"-????????T??????Z/) ;;
      *) continue ;;
    esac
    kind=part
    case "
$whole
" in
      *"
${folder}manifest.json
"*) kind=whole ;;
    esac
    if [ "$kind" = "$1" ]; then
      echo "${folder%/}"
    fi
  done
}

# What a killed job has left: no other one runs at the same time.
own part | while read -r left; do
  remove "$left"
done
own whole | outdated | while read -r old; do
  rclone deletefile "$REMOTE/$old/manifest.json"
  remove "$old"
  echo "Removed: $old"
done
