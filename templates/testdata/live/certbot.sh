#!/bin/sh
# Stands in for certbot where there is no certificate authority: shows by the path that
# the site keeps for it whose the name is, and puts the test's certificate where
# certbot puts its own.
set -e
[ "$1 $2 $3 $5 $7" = 'certonly --webroot -w -d --deploy-hook' ] || exit 1
webroot=$4 domain=$6 hook=$8
mkdir -p "$webroot/.well-known/acme-challenge" "/etc/letsencrypt/live/$domain"
date +%N >"$webroot/.well-known/acme-challenge/token"
curl -sS -H "Host: $domain" http://localhost/.well-known/acme-challenge/token |
	cmp - "$webroot/.well-known/acme-challenge/token"
cp /root/certificate/cert.pem "/etc/letsencrypt/live/$domain/fullchain.pem"
cp /root/certificate/key.pem "/etc/letsencrypt/live/$domain/privkey.pem"
[ ! -e "/etc/letsencrypt/renewal/$domain" ] || sh -ec "$hook" # at the first time there is nobody to tell
mkdir -p "/etc/letsencrypt/renewal/$domain"
