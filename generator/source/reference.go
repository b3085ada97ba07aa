package source

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/module"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/problem"
)

// A Kind is where a pack stands.
type Kind int

// The kinds, and how a reference to each is written.
const (
	Builtin Kind = iota // NAME: in the program
	Folder              // ./FOLDER, also ../FOLDER and /FOLDER
	Module              // MODULE[/SUBFOLDER][@VERSION]: a Go module, or a folder in one
	Git                 // git+URL[//SUBFOLDER][@REF]: a repository, or a folder in one
)

// IsForeign reports whether whoever writes the pack is known by its name alone:
// it is neither in the program nor in a folder of this machine.
func (k Kind) IsForeign() bool { return k == Module || k == Git }

// Default is the pack of a new project for which none is named.
const Default = "web"

// Latest asks for the highest release that there is.
const Latest = "latest"

// A Reference names a pack.
type Reference struct {
	Kind    Kind
	Name    string // all but the version, as scaffold.yaml has it under pack
	Version string // what stands behind @, with its v where it has one; "" for none

	URL string // of the repository; only of kind Git
	Dir string // the pack's folder in the repository, "." for its top; only of kind Git
}

// String returns the reference as it is written on a command line.
func (r Reference) String() string {
	if r.Version == "" {
		return r.Name
	}
	return r.Name + "@" + r.Version
}

// At returns the reference with another version.
func (r Reference) At(version string) Reference {
	r.Version = version
	return r
}

// IsFolder reports whether text names a folder.
func IsFolder(text string) bool { return kindOf(text) == Folder }

func kindOf(text string) Kind {
	first, _, slash := strings.Cut(text, "/")
	switch {
	case strings.HasPrefix(text, "git+"):
		return Git
	case strings.HasPrefix(text, "."), filepath.IsAbs(text), strings.Contains(text, `\`):
		return Folder
	case slash && strings.Contains(first, ".") && !strings.Contains(first, ":"):
		return Module
	case slash:
		return Folder
	}
	return Builtin
}

// Parse reads a reference. It is an input error that says how one is written
// where text is none. Nothing is looked up.
func Parse(text string) (Reference, error) {
	switch {
	case len(text) > maxReference:
		return Reference{}, problem.Input("pack %.40q…: has %d bytes, more than %d", text, len(text), maxReference)
	case strings.ContainsFunc(text, problem.IsControl):
		return Reference{}, problem.Input("pack %q has a control or bidirectional character", text)
	case isAddress(text):
		return Reference{}, problem.WithHint(problem.Input("pack %s: is an address and no folder", hideLogin(text)), "%s", hintGit(text))
	}
	switch kind := kindOf(text); kind {
	case Git:
		return parseGit(text)
	case Folder:
		return Reference{Kind: Folder, Name: text}, CheckLocal(text)
	default:
		name, version, versioned := strings.Cut(text, "@")
		r := Reference{Kind: kind, Name: name, Version: version}
		if err := checkVersion(text, version, versioned); err != nil {
			return r, err
		}
		if err := module.CheckImportPath(name); kind == Module && err != nil {
			return r, problem.WithHint(problem.Input("pack %s: is no path of a Go module: %v", text, err), forms)
		}
		if kind == Module && (version == "upgrade" || version == "patch") {
			return r, problem.Input("pack %s: %q means something only where a go.mod requires the module: want a version, a branch, a commit or %s", text, version, Latest)
		}
		return r, nil
	}
}

const forms = "a pack is named as NAME, ./FOLDER, MODULE[/SUBFOLDER][@VERSION], or git+https://HOST/PATH.git[//SUBFOLDER][@REF]"

// scpLike is how git takes an address of ssh, too, and how web pages show it.
var scpLike = lazyregexp.New(`^([A-Za-z0-9._-]+@[A-Za-z0-9.-]+):([^/:][^:]*)$`)

// isAddress reports whether text says where a repository is, and not that git is to
// get it from there.
func isAddress(text string) bool {
	return scpLike.MatchString(text) || strings.Contains(text, "://") && kindOf(text) == Folder
}

// hintGit returns the reference that an address would be, if it can be one.
func hintGit(address string) string {
	ref := "git+" + scpLike.ReplaceAllString(address, "ssh://$1/$2")
	if _, err := parseGit(ref); err != nil {
		return forms
	}
	return ref + " names the repository there"
}

// schemes are those that git is allowed: what else it knows, such as ext::, runs
// what a reference names.
var schemes = []string{"https", "ssh", "file"}

// parseGit reads git+URL[//SUBFOLDER][@REF]. The first @ behind the host starts
// the version; in a path it is written %40.
func parseGit(text string) (Reference, error) {
	refuse := func(format string, args ...any) (Reference, error) {
		err := problem.Input("pack %s: %w", hideLogin(text), fmt.Errorf(format, args...))
		return Reference{}, problem.WithHint(err, "git+https://HOST/PATH.git[//SUBFOLDER][@REF]; also git+ssh://USER@HOST/PATH.git and git+file:///PATH.git")
	}
	if !utf8.ValidString(text) {
		return Reference{}, problem.Input("pack %q: is not UTF-8", text)
	}
	rest := strings.TrimPrefix(text, "git+")
	scheme, rest, ok := strings.Cut(rest, "://")
	if !ok || !slices.Contains(schemes, scheme) {
		return refuse("want https, ssh or file as the scheme of its address")
	}
	host, below, _ := strings.Cut(rest, "/")
	below, version, versioned := strings.Cut(below, "@")
	if err := checkVersion(hideLogin(text), version, versioned); err != nil {
		return Reference{}, err
	}
	repository, dir, inFolder := strings.Cut(below, "//")
	address := scheme + "://" + host + "/" + repository
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return refuse("is no address")
	case strings.ContainsFunc(u.Path+u.User.String()+u.User.Username(), problem.IsControl):
		return refuse("an address has no control characters, written as they are or as %%0a")
	case u.User != nil && secretUser(u):
		return refuse("has a password, which every clone of the project would have: leave it out, and let git ask for it or a credential helper know it")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.Contains(address, "#"):
		return refuse("an address of a repository has neither ? nor #")
	case scheme != "file" && (u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-")):
		return refuse("lacks the host")
	case scheme == "file" && host != "":
		return refuse("a file has three slashes, as in git+file:///srv/packs.git")
	case repository == "" || strings.HasPrefix(repository, "/") || strings.HasPrefix(repository, "-"):
		return refuse("lacks the path of the repository")
	case inFolder && (dir == "." || !fs.ValidPath(dir) || strings.HasPrefix(dir, "-") || strings.ContainsAny(dir, `\:`)):
		return refuse("%q is no folder of a repository: want one such as web or packs/web", dir)
	}
	return Reference{Kind: Git, Name: strings.TrimSuffix(text, "@"+version), Version: version, URL: address, Dir: cmp.Or(dir, ".")}, nil
}

// secretUser reports whether an address holds what logs in. The user of ssh is a
// name; what stands there in https is a token.
func secretUser(u *url.URL) bool {
	_, password := u.User.Password()
	return password || u.Scheme == "https"
}

// login matches what stands before the host in an address, but the user of ssh. It
// may be a secret, also one that an insteadOf of the user's has brought.
var login = lazyregexp.New(`(https?://|://[^/@\s':]*:)[^/@\s']+@`)

func hideLogin(text string) string { return login.ReplaceAllString(text, "$1…@") }

// checkVersion refuses what git or the go command would take for something else.
func checkVersion(text, version string, versioned bool) error {
	switch {
	case versioned && version == "":
		return problem.Input("pack %s: lacks the version after @", text)
	case strings.HasPrefix(version, "-"), strings.HasPrefix(version, "/"), strings.HasSuffix(version, "/"), strings.HasSuffix(version, "."),
		strings.HasSuffix(version, ".lock"), strings.Contains(version, ".."), strings.Contains(version, "//"), strings.Contains(version, "@{"),
		strings.ContainsAny(version, " ~^:?*[\\\x7f"), len(version) > maxVersion:
		return problem.Input("pack %s: %q is no version, branch or commit", text, version)
	}
	return nil
}

// Limits in bytes: of a reference, and of a version, branch or tag.
const (
	maxReference = 4096
	maxVersion   = 250
)
