package tree

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"scaffold/generator/lazyregexp"
)

// Limits of one path. They are far above what a project needs and below what
// the narrowest common file systems and archive formats hold.
const (
	MaxElement = 100 // bytes of one path element
	MaxDepth   = 20  // elements of one path

	maxPath = MaxDepth * (MaxElement + 1)
)

// The project's own state: no pack and no manifest may name it.
const (
	ConfigFile     = "scaffold.yaml"
	StateFolder    = ".scaffold-state"
	BaseFile       = StateFolder + "/base.zip"
	AttributesFile = StateFolder + "/.gitattributes"
	IgnoreFile     = StateFolder + "/.gitignore"
)

// StateFiles returns the paths of what belongs into version control of it.
func StateFiles() []string { return []string{ConfigFile, BaseFile, AttributesFile, IgnoreFile} }

// reserved are the elements that no path of ours may have, in any letter case:
// a version control system would obey what is written there.
var reserved = []string{".git", ".hg", ".svn", ".jj", ".bzr", ".scaffold", StateFolder}

// Internal reports whether a folder of that name is version control's own, or holds
// the state of a project.
func Internal(name string) bool {
	folded := Fold(name)
	return folded != ".scaffold" && slices.Contains(reserved, folded)
}

// CheckPath returns an error unless path is safe to write below a project's
// root on every system: slash-separated, clean, relative, without names that
// version control, Windows or this program give a meaning of their own.
func CheckPath(path string) error {
	if len(path) > maxPath {
		return fmt.Errorf("path %.40q …: has %d bytes, more than %d", path, len(path), maxPath)
	}
	if err := checkPath(path); err != nil {
		return fmt.Errorf("path %q: %w", path, err)
	}
	return nil
}

func checkPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("is empty")
	case !utf8.ValidString(path):
		return fmt.Errorf("is not UTF-8")
	case strings.HasPrefix(path, "/"):
		return fmt.Errorf("is absolute; paths start at the project's folder")
	case strings.Contains(path, `\`):
		return fmt.Errorf("has a backslash; folders are separated by /")
	}
	if first, _, _ := strings.Cut(path, "/"); Fold(first) == ConfigFile {
		return fmt.Errorf("is where a project's answers are kept")
	}
	if n := strings.Count(path, "/") + 1; n > MaxDepth {
		return fmt.Errorf("has %d elements, more than %d", n, MaxDepth)
	}
	for element := range strings.SplitSeq(path, "/") {
		if err := checkElement(element); err != nil {
			return err
		}
	}
	for element := range strings.SplitSeq(path, "/") {
		if err := checkCharacters(element); err != nil {
			return err
		}
	}
	return nil
}

func checkElement(element string) error {
	folded := Fold(element)
	switch {
	case element == "":
		return fmt.Errorf("has an empty element")
	case element == "." || element == "..":
		return fmt.Errorf("has the element %q, which leaves its folder", element)
	case strings.HasPrefix(element, "-"):
		return fmt.Errorf("has the element %q, which commands would take for a flag", element)
	case strings.HasSuffix(element, " ") || strings.HasSuffix(element, "."):
		return fmt.Errorf("has the element %q, which ends in a space or dot: Windows drops those", element)
	case len(element) > MaxElement:
		return fmt.Errorf("has an element of %d bytes, more than %d", len(element), MaxElement)
	case folded == "" || folded == "." || folded == "..":
		return fmt.Errorf("has the element %q, of which nothing is seen", element)
	case slices.Contains(reserved, folded):
		return fmt.Errorf("has the element %q, which belongs to version control or to scaffold", element)
	case strings.Contains(element, "~") && shortName.MatchString(element):
		return fmt.Errorf("has the element %q: Windows gives such short names to other files, as git~1 to .git", element)
	}
	return nil
}

// checkCharacters takes whatever a file system does, but for what shows as
// something else or Windows does not take.
func checkCharacters(element string) error {
	switch {
	case strings.ContainsFunc(element, unsafe):
		return fmt.Errorf("has the element %q with a control, bidirectional or invisible character", element)
	case strings.ContainsAny(element, windowsMarks):
		return fmt.Errorf("has the element %q: Windows takes none of %s in a name", element, windowsMarks)
	case IsDevice(element):
		return fmt.Errorf("has the element %q, a name that Windows keeps for a device", element)
	}
	return nil
}

// windowsMarks are the characters that Windows gives a meaning in paths.
const windowsMarks = `<>:"|?*`

// devices are what Windows opens as a device, whatever follows a dot.
var devices = strings.Fields(`con prn aux nul conin$ conout$
	com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 com¹ com² com³
	lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 lpt¹ lpt² lpt³`)

// IsDevice reports whether an element of a path is a device to Windows.
func IsDevice(element string) bool {
	name, _, _ := strings.Cut(element, ".")
	name = strings.TrimRight(name, " ")
	return len(name) <= len("conout$") && slices.Contains(devices, strings.ToLower(name))
}

// unsafe reports whether a rune draws on a terminal, turns the text around it or
// is not seen, so that a name is not what it looks like. Letters and emoji are
// joined by invisible ones, which their scripts need.
func unsafe(r rune) bool {
	switch {
	case r < unicode.MaxLatin1 && r != '\u00ad':
		return unicode.IsControl(r)
	case joins(r) || unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	case r == '\u2028' || r == '\u2029':
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// joins reports whether a rune is one of the joiners, or of the tags in flags.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' || 0xe0020 <= r && r <= 0xe007f }

// Parents returns the folders that hold what is at path, from the root down; the
// root itself is not among them.
func Parents(path string) []string {
	var dirs []string
	for i := range len(path) {
		if path[i] == '/' {
			dirs = append(dirs, path[:i])
		}
	}
	return dirs
}

// shortName matches what Windows may take for another file's 8.3 name.
var shortName = lazyregexp.New(`^[^.]*~[0-9]+(\.|$)`)

// Fold returns path such that two paths fold to the same string when a file
// system that ignores letter case, Unicode composition or invisible joiners takes
// them for one. Each element is folded for itself.
func Fold(path string) string {
	if isLowerASCII(path) {
		return path
	}
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, path)
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(visible)))
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
