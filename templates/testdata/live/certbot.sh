#!/bin/sh
# Stands in for certbot where there is no network: it asks for its challenge by http
# and by the name, as Let's Encrypt does, and hands out a certificate of the test's.
set -e
root='' port='' domain='' hook=true
while [ $# -gt 0 ]; do
	case $1 in
	certonly | --webroot | --standalone) ;;
	-w) root=$2 && shift ;;
	--http-01-port) port=$2 && shift ;;
	--http-01-address) shift ;;
	-d) domain=$2 && shift ;;
	--deploy-hook) hook=$2 && shift ;;
	*) echo "$1 is not known here" && exit 1 ;;
	esac
	shift
done

if [ -z "$root" ]; then
	root=$(mktemp -d)
	python3 -m http.server "$port" --bind 127.0.0.1 --directory "$root" >/dev/null 2>&1 &
	server=$!
	trap 'kill $server' EXIT
fi
mkdir -p "$root/.well-known/acme-challenge"
token=$(date +%s%N)
echo "$token" >"$root/.well-known/acme-challenge/$token"
answer=
for _ in $(seq 600); do # the server that answers may have been told of its name just now
	answer=$(curl -s --resolve "$domain:80:127.0.0.1" "http://$domain/.well-known/acme-challenge/$token" || true)
	[ "$answer" != "$token" ] || break
	sleep 0.1
done
rm "$root/.well-known/acme-challenge/$token"
[ "$answer" = "$token" ] || { echo "the challenge is answered by: $answer" && exit 1; }

# Only root may look at these, as with certbot's.
RENEWED_LINEAGE=/etc/letsencrypt/live/$domain
export RENEWED_LINEAGE
install -d -m 700 /etc/letsencrypt/live "$RENEWED_LINEAGE"
install -m 644 /root/certificate/cert.pem "$RENEWED_LINEAGE/fullchain.pem"
install -m 600 /root/certificate/key.pem "$RENEWED_LINEAGE/privkey.pem"
sh -c "$hook"
