#!/bin/sh
# Stands in for apt-get where there is no network: the packages are installed already.
# Like theirs, it starts the services, where there is a systemd to do so; in a
# container nothing is started.
case "$*" in
'install -y '?*) shift 2 ;;
*) echo "only install -y is known here, not $*"; exit 1 ;;
esac
for package; do # a test's own certbot is in /usr/local
	[ -x "/usr/local/bin/$package" ] || dpkg -s "$package" >/dev/null || exit 1
done
[ -d /run/systemd/system ] || exit 0
for package; do
	for unit in "$package.socket" "$package.service"; do
		[ ! -f "/lib/systemd/system/$unit" ] || systemctl enable --now "$unit" || exit 1
	done
done
# systemd does not wait until lighttpd knows its signals; an administrator's fingers do.
case " $* " in *' lighttpd '*) curl -s -o /dev/null --retry 60 --retry-connrefused http://localhost/ ;; esac
