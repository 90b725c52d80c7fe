#!/bin/sh
# enter.sh ROOT COMMAND…: run COMMAND with ROOT as "/" in a mount namespace of its own.
#
# The network, /proc, /sys and /dev are the caller's, and so are /tmp, the current folder and the
# folders in TOOLBOX_BIND (colon-separated), at the same paths. Every mount goes when COMMAND ends.
set -eu
[ "${TOOLBOX_ENTERED:-}" ] || TOOLBOX_ENTERED=1 exec unshare --mount --propagation private "$0" "$@"
root=$1
shift

bind() {
    case $1 in "" | /) return ;; esac
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
}

# Onto itself: a container runtime must find its "/" to be a mount point.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
for folder in /sys /dev /tmp; do bind "$folder"; done
IFS=:
for folder in ${TOOLBOX_BIND:-} "$PWD"; do bind "$folder"; done
unset IFS
for file in /etc/hosts /etc/resolv.conf; do
    [ ! -e "$file" ] || { touch "$root$file" && mount --bind "$file" "$root$file"; }
done
unset TOOLBOX_ENTERED
here=$PWD
exec chroot "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$here" "$@"
