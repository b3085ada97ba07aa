package pack

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// shared is a source with two packs and what they share.
func shared(manifest string) fstest.MapFS {
	return fstest.MapFS{
		"packs/web/pack.yaml":                {Data: []byte(head + manifest)},
		"packs/web/files/a":                  {Data: []byte("a")},
		"packs/web/files/deploy/own":         {Data: []byte("own")},
		"packs/web/parts/p":                  {Data: []byte("p")},
		"packs/wsgi/pack.yaml":               {Data: []byte(head)},
		"packs/wsgi/files/w":                 {Data: []byte("w")},
		"packs/shared/nginx/nginx.conf.tmpl": {Data: []byte("nginx")},
		"packs/shared/nginx/sub/x":           {Data: []byte("x"), Mode: 0o755},
		"packs/shared/nginx/.DS_Store":       {},
		"packs/shared/empty/.DS_Store":       {},
		"packs/shared/file":                  {},
		"packs/shared/same/own":              {},
		"packs/shared/OWN/OWN":               {},
		"packs/shared/folder/own/x":          {},
		"packs/shared/link":                  {Data: []byte("nginx"), Mode: 0o777 | fs.ModeSymlink},
		"packs/shared/linked/x":              {Data: []byte("../file"), Mode: 0o777 | fs.ModeSymlink},
		"top/t":                              {Data: []byte("t")},
	}
}

// loadShared loads the pack web of such a source.
func loadShared(fsys fstest.MapFS) (Pack, error) {
	web, err := fs.Sub(fsys, "packs/web")
	if err != nil {
		return Pack{}, err
	}
	return Load(web, "p", Options{Root: fsys, Dir: "packs/web"})
}

// An include, and the files of the pack that come of it, each with where it stands.
func TestInclude(t *testing.T) {
	const own = "a=p/files/a deploy/own=p/files/deploy/own"
	for includes, want := range map[string]string{
		"[{from: ../shared/nginx, to: deploy/}]":                      "a=p/files/a deploy/nginx.conf.tmpl=shared/nginx/nginx.conf.tmpl deploy/own=p/files/deploy/own deploy/sub/x=shared/nginx/sub/x",
		"[{from: ../shared/nginx/sub/, to: deploy}]":                  own + " deploy/x=shared/nginx/sub/x",
		"[{from: ../shared/nginx/sub}]":                               own + " x=shared/nginx/sub/x",
		"[{from: ../wsgi/files, to: w}, {from: ../../top, to: x}]":    own + " w/w=wsgi/files/w x/t=../top/t",
		"[{from: parts, to: x}, {from: parts, to: 'y {{ .name }}'}]":  own + " x/p=p/parts/p y {{ .name }}/p=p/parts/p",
		"[{from: ../shared/nginx, to: m}]\nexclude: [m/sub, '**/a']":  "deploy/own=p/files/deploy/own m/nginx.conf.tmpl=shared/nginx/nginx.conf.tmpl",
		"[{from: ../shared/../shared/./nginx/sub}]\nexclude: [files]": own + " x=shared/nginx/sub/x",
	} {
		p, err := loadShared(shared("includes: " + includes + "\n"))
		var got []string
		for f := range p.Files.All() {
			got = append(got, f.Path+"="+p.FileAt("p", f))
		}
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", includes, err, s, want)
		}
	}
}

// What an include may not be. {line} is where it stands.
func TestIncludeRefuses(t *testing.T) {
	const at = "p/pack.yaml:4:12: "
	for includes, want := range map[string]string{
		"{from: ../nothing}":                   at + `from "../nothing": there is no such folder`,
		"{from: ../shared/file}":               at + `from "../shared/file": file is a file, not a folder`,
		"{from: ../shared/empty}":              at + `from "../shared/empty": has no files that are not excluded`,
		"{from: ../../..}":                     at + `from "../../..": leads out of what the pack comes from: a repository, a module, or the folder that the pack's folder is in`,
		"{from: ../../../etc}":                 at + `from "../../../etc": leads out of what the pack comes from: a repository, a module, or the folder that the pack's folder is in`,
		"{from: ../..}":                        at + `from "../..": is the pack's own folder, or one around it`,
		"{from: ..}":                           at + `from "..": is the pack's own folder, or one around it`,
		"{from: .}":                            at + `from ".": is the pack's own folder, or one around it`,
		"{from: ''}":                           at + `from ".": is the pack's own folder, or one around it`,
		"{from: ../web}":                       at + `from "../web": is the pack's own folder, or one around it`,
		"{from: files/deploy}":                 at + `from "files/deploy": is in the pack's own files/, whose files are in it already`,
		"{from: ../web/files}":                 at + `from "../web/files": is in the pack's own files/, whose files are in it already`,
		"{from: ../wsgi}":                      at + `from "../wsgi": is a pack: name a folder in it, as in ../wsgi/files`,
		"{from: ../shared/link}":               at + `from "../shared/link": link is a symbolic link, not a folder`,
		"{from: ../shared/link/sub}":           at + `from "../shared/link/sub": link is a symbolic link, not a folder`,
		"{from: ../shared/linked}":             at + `from "../shared/linked": read "x": is a symbolic link, not a regular file (the 2 files before it count)`,
		"{from: /etc}":                         at + `from "/etc": want a path from the pack's folder, with /, as in ../shared`,
		"{from: '..\\shared'}":                 at + `from "..\\shared": want a path from the pack's folder, with /, as in ../shared`,
		"{from: \"../a\\tb\"}":                 "p/pack.yaml:4:19: from has a control or bidirectional character",
		"{to: x}":                              at + "an include needs from: a folder, as in ../shared",
		"{from: parts, to: ../x}":              `p/pack.yaml:4:30: to: path "../x": has the element "..", which leaves its folder`,
		"{from: parts, to: .git/}":             `p/pack.yaml:4:30: to: path ".git": has the element ".git", which belongs to version control or to scaffold`,
		"{from: parts, into: x}":               `p/pack.yaml:4:26: unknown key "into"`,
		"{from: ../shared/same, to: deploy}":   `p/pack.yaml: includes: path "deploy/own" is written twice: by p/files/deploy/own and by shared/same/own`,
		"{from: ../shared/OWN, to: deploy}":    `p/pack.yaml: includes: paths "deploy/OWN" and "deploy/own" differ only by letter case: by shared/OWN/OWN and by p/files/deploy/own`,
		"{from: ../shared/folder, to: deploy}": `p/pack.yaml: includes: path "deploy/own" is both a file and a folder: by p/files/deploy/own and by shared/folder/own/x`,
		"{from: parts}, {from: parts}":         `p/pack.yaml: includes: path "p" is written twice: by p/parts/p and by p/parts/p`,
		"{from: parts, to: x}, {from: ../web/../web/parts, to: x/}": `p/pack.yaml: includes: path "x/p" is written twice: by p/parts/p and by web/parts/p`,
	} {
		_, err := loadShared(shared("includes: [" + includes + "]\n"))
		if got := problems(err); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", includes, got, want)
		}
	}
	alone := fstest.MapFS{ManifestFile: {Data: []byte(head + "includes: [{from: ../shared}]\n")}}
	if _, err := Load(alone, "p", Options{}); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Errorf("a pack that is all there is: %v", err)
	}
}

// What is included is a part of the pack's content: it changes the digest, and
// counts for the limits.
func TestIncludeCounts(t *testing.T) {
	fsys := shared("includes: [{from: ../shared/nginx, to: deploy/}]\n")
	before, err := loadShared(fsys)
	if err != nil {
		t.Fatal(err)
	}
	fsys["packs/shared/nginx/nginx.conf.tmpl"] = &fstest.MapFile{Data: []byte("other")}
	after, err := loadShared(fsys)
	if err != nil || before.Digest == after.Digest {
		t.Errorf("%v: the digest of other content is the same", err)
	}
	for n := range maxFiles {
		fsys["packs/shared/nginx/many/"+strings.Repeat("x", n%50)+strings.Repeat("y", n/50%50)+strings.Repeat("z", n/2500)] = &fstest.MapFile{}
	}
	_, err = loadShared(fsys)
	if want := "more than 19998 files (the 2 files before it count)"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Where files of a pack stand in what it comes from, and which packs beside it include
// that.
func TestSharers(t *testing.T) {
	fsys := shared("includes: [{from: ../shared/nginx, to: deploy/}, {from: parts, to: deploy/sub}, {from: ../../top}]\n")
	for dir, includes := range map[string]string{"same": "../shared", "below": "../shared/nginx/sub", "other": "../shared/file", "wrong": "'", "top": "../../top"} {
		fsys["packs/"+dir+"/"+ManifestFile] = &fstest.MapFile{Data: []byte(head + "includes: [{from: " + includes + "}]\n")}
	}
	p, err := loadShared(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a":                      "packs/web/files/a",
		"deploy/own":             "packs/web/files/deploy/own",
		"deploy/nginx.conf.tmpl": "packs/shared/nginx/nginx.conf.tmpl same",
		"deploy/sub/x":           "packs/shared/nginx/sub/x below same",
		"deploy/sub/p":           "packs/web/parts/p",
		"t":                      "top/t top",
	} {
		f, ok := p.Files.Find(path)
		at := p.PathIn("packs/web", "p", f)
		if got := strings.Join(append([]string{at}, Sharers(fsys, "packs/web", at)...), " "); !ok || got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if got := Sharers(nil, "", "files/a"); got != nil {
		t.Errorf("a pack that is all there is has %v beside it", got)
	}
}
