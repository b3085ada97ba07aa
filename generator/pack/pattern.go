package pack

import (
	"path"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// matchPattern reports whether a pattern, composed, is about the file at name,
// which may be decomposed. Elements match as in [path.Match], and ** stands for
// any number of folders. A pattern that ends in a slash names folders and means
// the files below them: then rest is what follows the outermost such folder, else
// the last element.
func matchPattern(pattern, name string) (rest string, ok bool) {
	composed := tree.Compose(name)
	rest, ok = matchComposed(pattern, composed)
	if composed != name && ok {
		elements := strings.Split(name, "/")
		rest = strings.Join(elements[len(elements)-1-strings.Count(rest, "/"):], "/")
	}
	return rest, ok
}

func matchComposed(pattern, name string) (rest string, ok bool) {
	pattern, folder := strings.CutSuffix(pattern, "/")
	if !strings.ContainsAny(pattern, `*?[\`) { // as most are
		if folder {
			return strings.CutPrefix(name, pattern+"/")
		}
		return path.Base(name), name == pattern
	}
	if first, _, _ := strings.Cut(pattern, "/"); first != "**" {
		if top, _, _ := strings.Cut(name, "/"); !matchElement(first, top) { // as most do not
			return "", false
		}
	}
	want, have := elements(pattern), strings.Split(name, "/")
	if !folder {
		return have[len(have)-1], matchElements(want, have)
	}
	for n := 1; n < len(have); n++ {
		if matchElements(want, have[:n]) {
			return strings.Join(have[n:], "/"), true
		}
	}
	return "", false
}

// elements splits a pattern. A ** at its end is all that is below, not the
// folder itself.
func elements(pattern string) []string {
	list := strings.Split(pattern, "/")
	if list[len(list)-1] == "**" {
		list = append(list, "*")
	}
	return list
}

// matchElements tries the last ** again with one folder more wherever what
// follows it does not match: that finds a match if there is one, because the
// last ** can take whatever an earlier one could.
func matchElements(want, have []string) bool {
	w, h, star, after := 0, 0, -1, 0
	for h < len(have) {
		switch {
		case w < len(want) && want[w] == "**":
			star, after = w, h
			w++
		case w < len(want) && matchElement(want[w], have[h]):
			w, h = w+1, h+1
		case star >= 0:
			after++
			w, h = star+1, after
		default:
			return false
		}
	}
	return !slices.ContainsFunc(want[w:], func(left string) bool { return left != "**" })
}

// matchElement takes a name that is itself a pattern, as [id].tsx, for itself too.
func matchElement(pattern, element string) bool {
	ok, err := path.Match(pattern, element)
	return element == pattern || ok && err == nil
}

// excludes reports whether the manifest leaves out what is at name below files/.
// A folder may be named without its slash.
func (p Pack) excludes(name string, folder bool) bool {
	return slices.ContainsFunc(p.Exclude, func(pattern string) bool {
		if !folder {
			_, ok := matchPattern(pattern, name)
			return ok
		}
		_, ok := matchPattern(pattern, name+"/x")
		return tree.Compose(name) == pattern || ok && strings.HasSuffix(pattern, "/")
	})
}
