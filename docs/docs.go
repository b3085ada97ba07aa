// Package docs holds the documents that the program prints, in Markdown.
package docs

import _ "embed"

var (
	// Conflicts says how conflicts are resolved.
	//
	//go:embed resolve.md
	Conflicts string

	// Deploying says where what goes on a server.
	//
	//go:embed deploying.md
	Deploying string

	// Fleet says how engines keep many projects up to date.
	//
	//go:embed fleet.md
	Fleet string

	// JSON lists the keys of all reports.
	//
	//go:embed json.md
	JSON string

	// Packs is the reference for authors of packs.
	//
	//go:embed packs.md
	Packs string

	// Regenerating says how a project and its template are merged.
	//
	//go:embed regenerating.md
	Regenerating string

	// Transports helps to choose a transport and a server.
	//
	//go:embed transports.md
	Transports string

	// Tutorial leads from a function that says hello to a template's second release.
	//
	//go:embed tutorial.md
	Tutorial string

	// WSGI is the tutorial in Python.
	//
	//go:embed wsgi.md
	WSGI string
)
