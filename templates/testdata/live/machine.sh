#!/bin/sh
# Makes a mount and network namespace a server of its own: what is written to the
# folders named, to /run or to /var is gone with it, and its ports are all free.
set -e
scratch=$1
shift
mount -t tmpfs -o mode=755 tmpfs "$scratch"
for dir; do
	mkdir -p "$scratch/upper$dir" "$scratch/work$dir"
	mount -t overlay -o "lowerdir=$dir,upperdir=$scratch/upper$dir,workdir=$scratch/work$dir" overlay "$dir"
done
find /var/log -type f -exec truncate -s 0 {} + || true # one that a program holds cannot be
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 1777 /run/lock # what packages want to have there is made as at boot
systemd-tmpfiles --create --prefix=/run
ip link set lo up
