// Package docs holds the documents that the program prints.
package docs

import _ "embed"

// Packs is the reference for authors of packs, in Markdown.
//
//go:embed packs.md
var Packs string

// Conflicts says how conflicts are resolved, in Markdown.
//
//go:embed resolve.md
var Conflicts string
