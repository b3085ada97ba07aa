// Package templates holds the packs that come with scaffold.
//
// What stands below a pack's files/ mirrors its output: NAME.tmpl is rendered,
// anything else is copied byte for byte. The gateway is plain Go that is built,
// vetted and tested here, in place, before it is ever copied.
package templates

import "embed"

// FS holds one folder a pack, and the folder shared, which packs include.
//
//go:embed all:shared all:web all:wsgi
var FS embed.FS
