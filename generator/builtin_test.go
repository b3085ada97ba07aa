package generator_test

import (
	"scaffold/generator/source"
	"scaffold/templates"
)

// builtin finds the packs that come with scaffold, and folders.
var builtin = source.Finder{Builtin: templates.FS}
