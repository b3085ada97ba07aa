//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scaffold/generator"
	"scaffold/generator/source"
	"scaffold/generator/source/proxytest"
)

const packsDocument = "docs/packs.md"

// fence is a fenced block of the document: the word for what it is, and a file's
// name behind it where the block is that file.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)(?: (\\S+))?\n(.*?)^```\n")

// digest is one of a commit or of content, of which the document has the beginning.
var digest = regexp.MustCompile(`\b([0-9a-f]{8})[0-9a-f]{32,56}\b`)

// TestPacksDocument tries all that the reference of packs shows, from top to bottom in
// one folder: it writes the files, loads the pieces of pack.yaml, and runs the
// commands, each block of them from that folder. With -update it records what they
// print, with … for what is never the same.
func TestPacksDocument(t *testing.T) { tryDocument(t, packsDocument) }

// TestResolveDocument tries what the document about conflicts shows.
func TestResolveDocument(t *testing.T) { tryDocument(t, "docs/resolve.md") }

func tryDocument(t *testing.T, document string) {
	t.Helper()
	need(t, "git")
	page, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := documentEnvironment(t, dir)
	recorded := fence.ReplaceAllFunc(page, func(block []byte) []byte {
		m := fence.FindSubmatch(block)
		kind, name, text := string(m[1]), string(m[2]), string(m[3])
		line := 1 + bytes.Count(page[:bytes.Index(page, block)], []byte("\n"))
		t.Run(fmt.Sprintf("line %d", line), func(t *testing.T) {
			switch {
			case name != "":
				writeFile(t, filepath.Join(dir, name), text)
			case kind == "yaml":
				loadPiece(t, text)
			case kind == "console":
				text = runConsole(t, dir, text, env)
			default:
				t.Errorf("nothing tries a block of %s", kind)
			}
		})
		return fmt.Appendf(nil, "```%s%s\n%s```\n", kind, strings.TrimSuffix(" "+name, " "), text)
	})
	if *update {
		writeFile(t, document, string(recorded))
	}
}

// documentEnvironment has git take the document's repository from a folder, and the go
// command its modules.
func documentEnvironment(t *testing.T, dir string) []string {
	t.Helper()
	home := t.TempDir()
	config := filepath.Join(home, "gitconfig")
	writeFile(t, config, fmt.Sprintf(`[user]
	name = A
	email = a@example.com
[init]
	defaultBranch = main
[advice]
	detachedHead = false
[url "file://%s/packs"]
	insteadOf = https://example.com/acme/packs.git
`, dir))
	proxy, module := filepath.Join(home, "proxy"), filepath.Join(home, "module")
	for version, text := range map[string]string{"v1.0.0": "one", "v1.1.0": "two"} {
		writeFile(t, filepath.Join(module, "go.mod"), "module example.com/acme/hello\n\ngo 1.24\n")
		writeFile(t, filepath.Join(module, "hello.go"), "// Package hello says "+text+".\npackage hello\n")
		if err := proxytest.Add(proxy, "example.com/acme/hello", version, module); err != nil {
			t.Fatal(err)
		}
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output() // which would else be below HOME, and empty
	if err != nil {
		t.Fatal(err)
	}
	date := "2026-01-02T03:04:05Z" // so that a commit is called as in the document
	return append(proxytest.Environment(nil, proxy, filepath.Join(home, "go")),
		"GOCACHE="+strings.TrimSpace(string(cache)), "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "GIT_CONFIG_GLOBAL="+config, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o777)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// aroundPiece are the files that the document's pieces of pack.yaml speak of.
var aroundPiece = []string{
	"mine/files/app.go.tmpl", "mine/files/app_test.go.tmpl", "mine/files/run.sh", "mine/files/Dockerfile.tmpl",
	"mine/files/.github/workflows/ci.yml.tmpl", "mine/files/chart/templates/service.yaml.tmpl", "mine/files/gateway/http.go", "mine/files/container/Dockerfile",
	"mine/files/deploy/app.service.tmpl", "mine/files/app.func.go.tmpl", "mine/files/app.struct.go.tmpl", "shared/nginx/nginx.conf",
}

// loadPiece has a piece of pack.yaml loaded and compiled, with the keys that every
// pack has and a question for each name that the document uses.
func loadPiece(t *testing.T, piece string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range aroundPiece {
		writeFile(t, filepath.Join(dir, name), "")
	}
	manifest := piece
	for _, line := range []string{"schema: 1", "name: mine", "version: 2.1.0"} {
		if key, _, _ := strings.Cut(line, ":"); !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(piece) {
			manifest = line + "\n" + manifest
		}
	}
	if !strings.Contains(piece, "questions:") {
		manifest += `questions:
  - {name: name, type: string, format: name, help: The name}
  - {name: style, type: choice, choices: [func, struct], default: func, help: How it is written}
  - {name: transport, type: choices, choices: [http, fcgi], default: [http], help: How requests come}
  - {name: docker, type: bool, default: false, help: A container image}
  - {name: title, type: string, default: A title, help: The title}
`
	}
	writeFile(t, filepath.Join(dir, "mine", "pack.yaml"), manifest)
	if _, err := generator.Load(t.Context(), source.Finder{}, filepath.Join(dir, "mine")); err != nil {
		t.Errorf("%v\n%s", err, manifest)
	}
}

// runConsole runs a block's commands one after the other, compares what each prints,
// and returns the block as it would be right.
func runConsole(t *testing.T, dir, block string, env []string) string {
	t.Helper()
	const mark = "\x00\n" // printed before each command
	var script strings.Builder
	var commands, says []string
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			script.WriteString("printf '\\0\\n'\n" + command)
			commands, says = append(commands, line), append(says, "")
		} else {
			says[len(says)-1] += line
		}
	}
	got := shell(t, dir, "exec 2>&1\n"+script.String(), env...)
	got = digest.ReplaceAllString(strings.ReplaceAll(got, dir, "…"), "$1…")
	prints := strings.Split(got, mark)[1:]
	if len(prints) != len(commands) {
		t.Fatalf("not all commands were run:\n%s", got)
	}
	right := ""
	for i, command := range commands {
		want := strings.ReplaceAll(regexp.QuoteMeta(says[i]), "…", ".*")
		if regexp.MustCompile("^" + want + "$").MatchString(prints[i]) {
			prints[i] = says[i]
		} else if !*update {
			t.Errorf("%sprints\n%s\nbut the document says\n%s", command, prints[i], says[i])
		}
		right += command + prints[i]
	}
	return right
}

// The document's contents name each heading, and each block between fences is tried.
func TestPacksDocumentIsWhole(t *testing.T) {
	page, err := os.ReadFile(packsDocument)
	if err != nil {
		t.Fatal(err)
	}
	var contents strings.Builder
	for _, heading := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(page), -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		fmt.Fprintf(&contents, "- [%s](#%s)\n", heading[1], strings.ReplaceAll(anchor, " ", "-"))
	}
	if !strings.Contains(string(page), "\n\n"+contents.String()+"\n") {
		t.Errorf("the contents are not\n%s", &contents)
	}
	if fences, blocks := bytes.Count(page, []byte("\n```")), len(fence.FindAll(page, -1)); fences != 2*blocks {
		t.Errorf("there are %d fences and %d blocks that are tried", fences, blocks)
	}
}

// Each reference in the document's table is one.
func TestDocumentedReferences(t *testing.T) {
	page, err := os.ReadFile(packsDocument)
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| reference | ")
	table, _, _ = strings.Cut(table, "\n\n")
	var kinds []source.Kind
	for row := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		for _, m := range regexp.MustCompile("`(.+?)`").FindAllStringSubmatch(cell, -1) {
			ref, err := source.Parse(m[1])
			if err != nil || ref.String() != m[1] {
				t.Errorf("%s is read as %s: %v", m[1], ref, err)
			}
			kinds = append(kinds, ref.Kind)
		}
	}
	if want := []source.Kind{source.Builtin, source.Folder, source.Module, source.Git}; !slices.Equal(slices.Compact(kinds), want) {
		t.Errorf("the table has the kinds %v, want %v", kinds, want)
	}
}
