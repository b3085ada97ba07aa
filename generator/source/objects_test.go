package source

import (
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func mustFind(t *testing.T, dir, rest string) Source {
	t.Helper()
	got, err := findIn(t, user(t), dir, rest)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The names of TestObjects are written by git, which takes any bytes but NUL.
const oddNames = `git init -q -b main .
mkdir -p files/deep/er empty; printf 'p' >pack.yaml; printf 'a' >files/a.txt; printf '' >files/empty; printf 'x' >files/deep/er/x
printf '#!/bin/sh\n' >files/run.sh; chmod +x files/run.sh
printf 'n' >"files/with
newline"; printf 's' >'files/ space '; printf 'q' >'files/"quote"'; printf 'u' >files/übung; printf 'A' >files/A.txt
git add -A; git commit -qm 1; git tag v1.0.0
`

func TestObjects(t *testing.T) {
	got := mustFind(t, repository(t, oddNames), "")
	err := fstest.TestFS(got.FS, "pack.yaml", "files/a.txt", "files/A.txt", "files/empty", "files/deep/er/x", "files/run.sh",
		"files/with\nnewline", "files/ space ", `files/"quote"`, "files/übung")
	if err != nil {
		t.Error(err)
	}
	for name, want := range map[string]fs.FileMode{"files/run.sh": 0o755, "files/a.txt": 0o644, "files": fs.ModeDir | 0o755} {
		if info, err := fs.Stat(got.FS, name); err != nil || info.Mode() != want {
			t.Errorf("%s: got %v, %v", name, info, err)
		}
	}
	if _, err := fs.Stat(got.FS, "empty"); err == nil {
		t.Error("a folder without files is there")
	}
}

// Nothing of a checkout happens: line ends, filters, exports and substitutions are
// those of the objects.
func TestObjectsAreAsCommitted(t *testing.T) {
	got := mustFind(t, repository(t, `git init -q .
printf '* text eol=crlf\n*.id ident\n*.sub export-subst\nhidden export-ignore\n*.f filter=f\n' >.gitattributes
printf 'a\nb\n' >lines; printf '$Id$\n' >x.id; printf '$Format:%%H$\n' >x.sub; printf 'h' >hidden; printf 'f' >x.f
git add -A; git commit -qm 1; git tag v1.0.0`), "")
	for name, want := range map[string]string{"lines": "a\nb\n", "x.id": "$Id$\n", "x.sub": "$Format:%H$\n", "hidden": "h", "x.f": "f"} {
		if data, err := fs.ReadFile(got.FS, name); err != nil || string(data) != want {
			t.Errorf("%s: got %q, %v", name, data, err)
		}
	}
}

// A link is one, and leads nowhere; a submodule is left out, by name.
func TestObjectsNeverFollow(t *testing.T) {
	got := mustFind(t, repository(t, packs+`
ln -s /etc/passwd web/absolute; ln -s ../other/pack.yaml web/inside; ln -s ../other web/folder; ln -s web link
git add -A; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),web/files/sub
printf '[submodule "x"]\n\tpath = web/files/sub\n\turl = ext::touch /tmp/x\n' >.gitmodules; git add .gitmodules
git commit -qm links; git tag web/v3.0.0`), "//web")
	for name, want := range map[string]string{"absolute": "/etc/passwd", "inside": "../other/pack.yaml", "folder": "../other"} {
		info, err := fs.Lstat(got.FS, name)
		if err != nil || info.Mode().Type() != fs.ModeSymlink {
			t.Errorf("%s: got %v, %v", name, info, err)
		}
		if to, err := fs.ReadLink(got.FS, name); err != nil || to != want {
			t.Errorf("%s: leads to %q, %v", name, to, err)
		}
		if data, err := fs.ReadFile(got.FS, name); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("%s: read %q, %v", name, data, err)
		}
	}
	if data, err := fs.ReadFile(got.FS, "folder/pack.yaml"); err == nil {
		t.Errorf("read %q behind a link", data)
	}
	if fmt.Sprint(got.Left) != "[files/sub]" {
		t.Errorf("left out %q", got.Left)
	}
	if _, err := findIn(t, user(t), strings.TrimPrefix(got.Origin, "file://"), "//link@main"); err == nil {
		t.Error("a link to a folder is taken for one")
	}
}

// Trees that git itself would not write: each is refused, and the path named.
func TestObjectsHostileTrees(t *testing.T) {
	for name, tt := range map[string]struct{ script, want string }{
		"a parent": {`tree "100644 blob $a\t.."`, `the path ".." is none`},
		"itself":   {`tree "100644 blob $a\t."`, `the path "." is none`},
		"twice":    {`tree "100644 blob $a\tx" "100644 blob $a\tx"`, `"x" is there twice`},
		"file and folder": {`sub=$(printf "100644 blob $a\ty\n" | git mktree); tree "100644 blob $a\tx" "040000 tree $sub\tx"`,
			`"x" is a file and a folder`},
		"not UTF-8":      {`tree "100644 blob $a\t$(printf 'x\377')"`, `"x\xff" is none`},
		"a missing blob": {`tree "100644 blob 0123456789012345678901234567890123456789\tx"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, `git init -q -b main .; a=$(echo a | git hash-object -w --stdin)
tree() { for e in "$@"; do printf "$e\n"; done | git mktree --missing >t; git update-ref refs/tags/v1.0.0 $(git commit-tree -m 1 $(cat t)); }
`+tt.script)
			_, err := findIn(t, user(t), dir, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	// What names only another system or version control: package tree refuses it.
	dir := repository(t, `git init -q .; a=$(echo a | git hash-object -w --stdin)
sub=$(printf "100644 blob $a\tconfig\n" | git mktree)
git tag v1.0.0 $(git commit-tree -m 1 $(printf "040000 tree $sub\t.git\n100644 blob $a\tCON\n100644 blob $a\tpack.yaml\n100644 blob $a\tPack.yaml\n" | git mktree))`)
	got := mustFind(t, dir, "")
	if entries, err := fs.ReadDir(got.FS, "."); err != nil || len(entries) != 4 {
		t.Errorf("got %v, %v", entries, err)
	}
}

// A few objects make a tree of ten million files, or a large file. Neither
// is read.
func TestObjectsCaps(t *testing.T) {
	onlyInCI(t)
	dir := repository(t, `git init -q .; a=$(echo a | git hash-object -w --stdin); tree=$(printf "100644 blob $a\tf\n" | git mktree)
for level in 1 2 3 4 5 6 7; do tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf "040000 tree $tree\t$i\n"; done | git mktree); done
git tag v1.0.0 $(git commit-tree -m many $tree)
truncate -s 80M big; big=$(git -c core.bigFileThreshold=1m hash-object -w big); rm big
git tag v2.0.0 $(git commit-tree -m big $(printf "100644 blob $a\ta\n100644 blob $big\tbig\n100644 blob $a\tc\n" | git mktree))
printf "100644 $a\t$(printf 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd%.0s/' $(seq 1200))f\n" | git update-index --index-info; tree=$(git write-tree)
git tag v3.0.0 $(git commit-tree -m deep $tree)`)
	f := user(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	if _, err := findIn(t, f, dir, "@v1.0.0"); err == nil || !strings.Contains(err.Error(), "more than 100000 files") {
		t.Errorf("many files: got %v", err)
	}
	got, err := findIn(t, f, dir, "@v2.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := fs.Stat(got.FS, "big"); err != nil || info.Size() != 80<<20 {
		t.Errorf("a large file: got %v, %v", info, err)
	}
	if _, err := fs.ReadFile(got.FS, "big"); err == nil || !strings.Contains(err.Error(), "has 83886080 bytes, more than 64 MiB") {
		t.Errorf("a large file: got %v", err)
	}
	for _, name := range []string{"a", "c"} {
		if data, err := fs.ReadFile(got.FS, name); err != nil || string(data) != "a\n" {
			t.Errorf("beside a large file: got %q, %v", data, err)
		}
	}
	if _, err := findIn(t, f, dir, "@v3.0.0"); err == nil || !strings.Contains(err.Error(), "a path of more than 64 KiB") {
		t.Errorf("a deep tree: got %v", err)
	}
	runtime.ReadMemStats(&after)
	if took, bytes := time.Since(start), after.TotalAlloc-before.TotalAlloc; took > 30*time.Second || bytes > 256<<20 {
		t.Errorf("it took %v and %d bytes", took, bytes)
	}
}

func TestObjectsOfLFS(t *testing.T) {
	got := mustFind(t, repository(t, `git init -q .
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n' >logo.png
printf 'version https://git-lfs.github.com/spec/v1 is a line\n' >README; git add -A; git commit -qm 1; git tag v1.0.0`), "")
	if _, err := fs.ReadFile(got.FS, "logo.png"); err == nil || !strings.Contains(err.Error(), "logo.png: is a pointer of Git LFS") {
		t.Errorf("got %v", err)
	}
	if _, err := fs.ReadFile(got.FS, "README"); err != nil {
		t.Errorf("got %v", err)
	}
}

// Many files, and more bytes than are read ahead, in any order.
func TestObjectsReadAhead(t *testing.T) {
	got := mustFind(t, repository(t, `git init -q .
{
	printf 'commit refs/tags/v1.0.0\ncommitter A <a@example.com> 0 +0000\ndata 0\n'
	for i in $(seq 5000); do printf 'M 644 inline f%d\ndata %d\n%d\n\n' $i $((${#i}+1)) $i; done
	for i in 1 2 3 4 5 6; do printf 'M 644 inline g%d\ndata 4000000\n' $i; head -c 4000000 /dev/zero | tr '\0' $i; echo; done
} | git fast-import --quiet`), "")
	seen := 0
	for range 2 {
		err := fs.WalkDir(got.FS, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(got.FS, path)
			want := path[1:] + "\n"
			if path[0] == 'g' {
				want = strings.Repeat(path[1:], 4_000_000)
			}
			if string(data) != want {
				t.Errorf("%s has %.20q", path, data)
			}
			seen++
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	for i := 6; i > 0; i-- {
		if data, err := fs.ReadFile(got.FS, fmt.Sprintf("g%d", i)); err != nil || len(data) != 4_000_000 {
			t.Errorf("g%d: %d bytes, %v", i, len(data), err)
		}
	}
	if seen != 2*5006 {
		t.Errorf("read %d files", seen)
	}
}
