package pack

import (
	"go/token"
	"slices"
	"strings"
)

// standard are the first elements of the standard library's import paths in Go
// 1.26, with arena and simd, which only its experiments show: a module may not
// hide them.
var standard = strings.Fields(`
	archive arena bufio bytes cmp compress container context crypto database debug embed encoding
	errors expvar flag fmt go hash html image index io iter log maps math mime net os path
	plugin reflect regexp runtime simd slices sort strconv strings structs sync syscall testing
	text time unicode unique unsafe weak`)

// special are dotless paths that the go command gives a meaning of their own,
// or that a package clause cannot bear.
var special = strings.Fields(`all builtin C cmd init internal main mod std tool toolchain work _`)

// StandardLibrary reports whether path would hide the standard library's.
func StandardLibrary(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return slices.Contains(standard, first)
}

func unusable(path string) bool {
	return slices.Contains(special, path) || token.IsKeyword(path) || strings.HasPrefix(path, "mod/")
}

// ModuleFor returns the module path for a project of that name: the name, or
// NAME-app where the go command would trip over the name itself.
func ModuleFor(name string) string {
	if checkModule(name) != nil {
		return name + "-app"
	}
	return name
}
