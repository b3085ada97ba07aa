package source

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/problem"
)

// The references that are read, and what they name.
var good = []struct {
	text string
	want Reference
}{
	{"web", Reference{Name: "web"}},
	{"web@1.2.0", Reference{Name: "web", Version: "1.2.0"}},
	{"web@latest", Reference{Name: "web", Version: Latest}},
	{"", Reference{}},

	{".", Reference{Kind: Folder, Name: "."}},
	{"..", Reference{Kind: Folder, Name: ".."}},
	{"./mine", Reference{Kind: Folder, Name: "./mine"}},
	{"./mine@v1", Reference{Kind: Folder, Name: "./mine@v1"}},
	{"../packs/web", Reference{Kind: Folder, Name: "../packs/web"}},
	{"/srv/packs/web", Reference{Kind: Folder, Name: "/srv/packs/web"}},
	{"mine/sub", Reference{Kind: Folder, Name: "mine/sub"}},
	{".hidden", Reference{Kind: Folder, Name: ".hidden"}},
	{"./with space", Reference{Kind: Folder, Name: "./with space"}},
	{"./100%", Reference{Kind: Folder, Name: "./100%"}},
	{`C:\packs\web`, Reference{Kind: Folder, Name: `C:\packs\web`}},
	{"C:/packs/web", Reference{Kind: Folder, Name: "C:/packs/web"}},

	{"example.com/packs", Reference{Kind: Module, Name: "example.com/packs"}},
	{"example.com/packs/web@v1.4.0", Reference{Kind: Module, Name: "example.com/packs/web", Version: "v1.4.0"}},
	{"example.com/packs/v2@latest", Reference{Kind: Module, Name: "example.com/packs/v2", Version: Latest}},
	{"golang.org/x/example/helloserver@v0.0.0-20250903180519-abcdefabcdef", Reference{Kind: Module, Name: "golang.org/x/example/helloserver", Version: "v0.0.0-20250903180519-abcdefabcdef"}},
	{"example.com/a/b.git@main", Reference{Kind: Module, Name: "example.com/a/b.git", Version: "main"}},

	{"git+https://example.com/packs.git", gitReference("https://example.com/packs.git", ".", "")},
	{"git+https://example.com/acme/packs.git//web", gitReference("https://example.com/acme/packs.git", "web", "")},
	{"git+https://example.com/acme/packs.git//web@v1.4.0", gitReference("https://example.com/acme/packs.git", "web", "v1.4.0")},
	{"git+https://example.com/acme/packs.git//packs/web@1.4.0", gitReference("https://example.com/acme/packs.git", "packs/web", "1.4.0")},
	{"git+https://example.com/acme/packs@latest", gitReference("https://example.com/acme/packs", ".", Latest)},
	{"git+https://example.com/acme/packs@main", gitReference("https://example.com/acme/packs", ".", "main")},
	{"git+https://example.com/acme/packs@feature/x", gitReference("https://example.com/acme/packs", ".", "feature/x")},
	{"git+https://example.com/acme/packs//web@web/v1.0.0", gitReference("https://example.com/acme/packs", "web", "web/v1.0.0")},
	{"git+https://example.com/acme/packs@0123456789abcdef0123456789abcdef01234567", gitReference("https://example.com/acme/packs", ".", "0123456789abcdef0123456789abcdef01234567")},
	{"git+https://example.com/acme/packs@a@b", gitReference("https://example.com/acme/packs", ".", "a@b")},
	{"git+https://example.com:8443/packs.git", gitReference("https://example.com:8443/packs.git", ".", "")},
	{"git+https://[::1]:8443/packs.git", gitReference("https://[::1]:8443/packs.git", ".", "")},
	{"git+https://example.com/%40scope/packs@v1.0.0", gitReference("https://example.com/%40scope/packs", ".", "v1.0.0")},
	{"git+https://example.com/with%20space.git", gitReference("https://example.com/with%20space.git", ".", "")},
	{"git+https://example.com/päckchen.git//wäb", gitReference("https://example.com/päckchen.git", "wäb", "")},
	{"git+ssh://git@example.com/acme/packs.git", gitReference("ssh://git@example.com/acme/packs.git", ".", "")},
	{"git+ssh://git@example.com/acme/packs.git@v1.0.0", gitReference("ssh://git@example.com/acme/packs.git", ".", "v1.0.0")},
	{"git+ssh://git@example.com:2222/~me/packs.git//web@v1.0.0", gitReference("ssh://git@example.com:2222/~me/packs.git", "web", "v1.0.0")},
	{"git+ssh://example.com/packs", gitReference("ssh://example.com/packs", ".", "")},
	{"git+file:///srv/packs.git", gitReference("file:///srv/packs.git", ".", "")},
	{"git+file:///srv/packs.git//web@v1.0.0", gitReference("file:///srv/packs.git", "web", "v1.0.0")},
	{"git+file:///C:/packs.git//web", gitReference("file:///C:/packs.git", "web", "")},
	{"git+file:///srv/packs.git@patch", gitReference("file:///srv/packs.git", ".", "patch")},
	{"git+file:///srv/packs//.hidden", gitReference("file:///srv/packs", ".hidden", "")},
}

func gitReference(address, dir, version string) Reference {
	r := Reference{Kind: Git, Name: "git+" + address, Version: version, URL: address, Dir: dir}
	if dir != "." {
		r.Name += "//" + dir
	}
	return r
}

func TestParse(t *testing.T) {
	for _, tt := range good {
		got, err := Parse(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("%q: got %+v, %v\nwant %+v", tt.text, got, err, tt.want)
		}
		if got.String() != tt.text {
			t.Errorf("%q: is written %q", tt.text, got)
		}
	}
}

// What a reference is refused for is shown in logs, which others read.
func TestParseHidesPasswords(t *testing.T) {
	for _, text := range []string{
		"git+https://user:hunter2@example.com/packs.git", "git+https://hunter2@example.com/packs.git",
		"git+ssh://git:hunter2@example.com/packs.git", "git+http://user:hunter2@example.com/packs.git",
		"git+https://user:hunter2@example.com/packs.git@-x", "git+https://user:hunter2@example.com/packs.git?x",
		"https://user:hunter2@example.com/packs.git", "git+https://user:hunter2@example.com:x/packs.git@v1.0.0",
	} {
		if _, err := Parse(text); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "example.com") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// The references that are refused, and a part of what is said.
var bad = []struct{ text, want string }{
	{"web\n", "control"},
	{"./a\x1b[2J", "control"},
	{"git+https://example.com/a\u202eb", "control"},
	{"web@", "lacks the version after @"},
	{"//server/share", "no folder of this machine"},
	{`\\server\share`, "no folder of this machine"},
	{`\??\UNC\server\share`, "no folder of this machine"},
	{"https://example.com/packs.git", "is an address"},
	{"ssh://git@example.com/packs.git", "is an address"},

	{"example.com/packs@", "lacks the version after @"},
	{"example.com//packs", "is no path of a Go module"},
	{"example.com/packs/", "is no path of a Go module"},
	{"example.com/packs/../x", "is no path of a Go module"},
	{"example.com/a b", "is no path of a Go module"},
	{"example.com/packs@-x", "is no version, branch or commit"},
	{"example.com/packs@v1 v2", "is no version, branch or commit"},
	{"example.com/packs@upgrade", "means something only where a go.mod requires the module"},
	{"example.com/packs@patch", "means something only where a go.mod requires the module"},

	{"git+", "want https, ssh or file"},
	{"git+https:", "want https, ssh or file"},
	{"git+http://example.com/packs.git", "want https, ssh or file"},
	{"git+git://example.com/packs.git", "want https, ssh or file"},
	{"git+HTTPS://example.com/packs.git", "want https, ssh or file"},
	{"git+ext::sh -c evil", "want https, ssh or file"},
	{"git+ext::sh://x/y", "want https, ssh or file"},
	{"git+ssh+git://example.com/x", "want https, ssh or file"},
	{"git+git@example.com:acme/packs.git", "want https, ssh or file"},
	{"git+/srv/packs.git", "want https, ssh or file"},
	{"git+--upload-pack=evil://x/y", "want https, ssh or file"},
	{"git+https://", "lacks the host"},
	{"git+https:///packs.git", "lacks the host"},
	{"git+https://:443/packs.git", "lacks the host"},
	{"git+ssh://-oProxyCommand=evil/packs.git", "lacks the host"},
	{"git+ssh://-oProxyCommand=evil@example.com/packs.git", "lacks the host"},
	{"git+ssh://%2doProxyCommand=evil@example.com/packs.git", "lacks the host"},
	{"git+ssh://%2doProxyCommand=evil/packs.git", "is no address"},
	{"git+ssh://git@-oProxyCommand=evil/packs.git", "lacks the host"},
	{"git+https://example.com", "lacks the path"},
	{"git+https://example.com/", "lacks the path"},
	{"git+https://example.com//web", "lacks the path"},
	{"git+https://example.com/@v1.0.0", "lacks the path"},
	{"git+file:///", "lacks the path"},
	{"git+file://srv/packs.git", "three slashes"},
	{"git+file://localhost/srv/packs.git", "three slashes"},
	{"git+https://user:secret@example.com/packs.git", "has a password"},
	{"git+https://token@example.com/packs.git", "has a password"},
	{"git+https://@example.com/packs.git", "has a password"},
	{"git+ssh://git:secret@example.com/packs.git", "has a password"},
	{"git+https://example.com/packs.git?x=1", "neither ? nor #"},
	{"git+https://example.com/packs.git?", "neither ? nor #"},
	{"git+https://example.com/packs.git#main", "neither ? nor #"},
	{"git+https://example.com/packs.git#", "neither ? nor #"},
	{"git+https://example.com/a%zz", "is no address"},
	{"git+https://example.com/a%0aprotocol=x", "control"},
	{"git+ssh://example.com/a%00b", "control"},
	{"git+ssh://a%0ab@example.com/x", "control"},
	{"git+https://exa mple.com/x", "is no address"},
	{"git+https://example.com/packs.git//", "is no folder of a repository"},
	{"git+https://example.com/packs.git///web", "is no folder of a repository"},
	{"git+https://example.com/packs.git//../x", "is no folder of a repository"},
	{"git+https://example.com/packs.git//web/", "is no folder of a repository"},
	{"git+https://example.com/packs.git//./web", "is no folder of a repository"},
	{"git+https://example.com/packs.git//a//b", "is no folder of a repository"},
	{"git+https://example.com/packs.git//.", "is no folder of a repository"},
	{`git+https://example.com/packs.git//a\b`, "is no folder of a repository"},
	{"git+https://example.com/packs.git//a:b", "is no folder of a repository"},
	{"git+https://example.com/packs.git//:(top)", "is no folder of a repository"},
	{"git+https://example.com/packs.git//-x", "is no folder of a repository"},
	{"git+https://example.com/packs.git@", "lacks the version after @"},
	{"git+https://example.com/packs.git@--upload-pack=evil", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@a..b", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@main~1", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@HEAD^", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@main@{1}", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@a:b", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@a*", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@a.lock", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@/a", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@a//b", "is no version, branch or commit"},
	{"git+https://example.com/packs.git@" + strings.Repeat("x", 251), "is no version, branch or commit"},
	{"git+https://example.com/" + strings.Repeat("x", 5000), "more than"},
	{"git+https://example.com/%70acks.git@-%d", "%70acks.git@-%d"},
	{"git+https://example.com/\xff", "UTF-8"},
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range bad {
		got, err := Parse(tt.text)
		if err == nil || !problem.IsInput(err) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "%!") {
			t.Errorf("%.80q: got %.80q, %.200v\nwant %q", tt.text, got, err, tt.want)
		}
	}
}

// An address as a web page or git shows it is answered by the reference that it would be.
func TestParseHintsGit(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com/acme/packs":            "git+https://example.com/acme/packs names the repository there",
		"https://example.com/packs.git//web@v1.0.0": "git+https://example.com/packs.git//web@v1.0.0 names the repository there",
		"file:///srv/packs.git":                     "git+file:///srv/packs.git names the repository there",
		"ssh://git@example.com/packs.git":           "git+ssh://git@example.com/packs.git names the repository there",
		"git@example.com:acme/packs.git":            "git+ssh://git@example.com/acme/packs.git names the repository there",
		"git@example.com:packs.git":                 "git+ssh://git@example.com/packs.git names the repository there",
		"http://example.com/packs.git":              forms,
		"https://me:hunter2@example.com/packs.git":  forms,
	} {
		_, err := Parse(text)
		if got := strings.Join(problem.Hints(err), "; "); got != want || !problem.IsInput(err) {
			t.Errorf("%s: %v\ngot the hint %q\nwant %q", text, err, got, want)
		}
	}
}

// FuzzParse tries that a reference which is read names what it names again, and
// that no other program takes its address for a flag or another scheme.
func FuzzParse(f *testing.F) {
	for _, tt := range good {
		f.Add(tt.text)
	}
	for _, tt := range bad {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			if !problem.IsInput(err) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := Parse(r.String()); err != nil || again != r {
			t.Errorf("%q: %+v is read again as %+v, %v", text, r, again, err)
		}
		if at, err := Parse(r.At("v1.2.3").String()); r.Kind.IsForeign() && (err != nil || at.Name != r.Name || at.Version != "v1.2.3") {
			t.Errorf("%q: another version of it is %+v, %v", text, at, err)
		}
		if strings.HasPrefix(r.Version, "-") || r.Kind != Git {
			return
		}
		u, err := url.Parse(r.URL)
		if err != nil || !slices.Contains(schemes, u.Scheme) || !strings.HasPrefix(r.URL, u.Scheme+"://") {
			t.Fatalf("%q: has the address %q, %v", text, r.URL, err)
		}
		for _, part := range []string{u.Host, u.Hostname(), u.User.Username(), r.Dir, r.Version} {
			if strings.HasPrefix(part, "-") || strings.ContainsFunc(part, problem.IsControl) {
				t.Errorf("%q: has the part %q", text, part)
			}
		}
	})
}
