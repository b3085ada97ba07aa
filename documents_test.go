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
	"scaffold/generator/console"
	"scaffold/generator/source"
	"scaffold/generator/source/proxytest"
)

const packsDocument = "docs/packs.md"

// slow are the documents that build programs or start web servers, which CI does, and
// whether they listen at port 8000.
var slow = map[string]bool{"packs.md": false, "tutorial.md": true, "wsgi.md": true, "deploying.md": true}

// fence is a fenced block of a document: the word for what it is, and a file's name
// behind it where the block is that file.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)(?: (\\S+))?\n(.*?)^```\n")

// digest is one of a commit or of content, of which a document has the beginning.
var digest = regexp.MustCompile(`\b([0-9a-f]{8})[0-9a-f]{32,56}\b`)

// changing is what a run never prints twice: times, ports, ids, and others' versions.
var changing = regexp.MustCompile(`(?m)(^ok  \t\S+\t|^X-Request-Id: |^REMOTE_PORT = |= curl/|: lighttpd/).*$`)

// TestDocuments tries all that the documents show, each from top to bottom in one
// folder: it writes the files, loads the pieces of pack.yaml, and runs the commands,
// each block of them from that folder. With -update it records what they print, with …
// for what is never the same. A block of text without a name is a drawing.
func TestDocuments(t *testing.T) {
	need(t, "git")
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal("there are no documents", err)
	}
	for _, page := range pages {
		name := filepath.Base(page)
		t.Run(name, func(t *testing.T) {
			listens, isSlow := slow[name]
			if isSlow && !inCI {
				t.Skip("it takes long, and CI runs it: CI=true go test . -run TestDocuments/" + name)
			}
			if !listens {
				t.Parallel()
			}
			tryDocument(t, page)
		})
	}
}

func tryDocument(t *testing.T, name string) {
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if fences, blocks := bytes.Count(page, []byte("\n```")), len(fence.FindAll(page, -1)); fences != 2*blocks {
		t.Errorf("there are %d fences and %d blocks that are tried", fences, blocks)
	}
	dir := t.TempDir()
	env := documentEnvironment(t, dir)
	recorded := fence.ReplaceAllFunc(page, func(block []byte) []byte {
		m := fence.FindSubmatch(block)
		kind, file, text := string(m[1]), string(m[2]), string(m[3])
		line := 1 + bytes.Count(page[:bytes.Index(page, block)], []byte("\n"))
		t.Run(fmt.Sprintf("line %d", line), func(t *testing.T) {
			switch {
			case file != "":
				writeFile(t, filepath.Join(dir, file), text)
			case kind == "yaml":
				loadPiece(t, text)
			case kind == "console":
				text = runConsole(t, dir, text, env)
			case kind == "sh" && name == "docs/deploying.md": // TestReadmeBehindNginx runs it, as root
			case kind != "text":
				t.Errorf("nothing tries a block of %s", kind)
			}
		})
		return fmt.Appendf(nil, "```%s%s\n%s```\n", kind, strings.TrimSuffix(" "+file, " "), text)
	})
	if *update {
		writeFile(t, name, string(recorded))
	}
}

// TestReadme runs the README's examples, one after the other. In CI they run as they
// stand there, in a copy of the repository; elsewhere the scaffold of this test runs,
// and the app listens on a port that is free.
func TestReadme(t *testing.T) {
	need(t, "curl")
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	for _, block := range fence.FindAllSubmatch(readme, -1) {
		if string(block[1]) == "console" {
			examples.Write(block[3])
		}
	}
	if examples.Len() == 0 {
		t.Fatal("README.md has no example")
	}
	if inCI {
		bin := t.TempDir()
		runConsole(t, copyRepository(t), examples.String(), []string{"GOBIN=" + bin, "PATH=" + bin + ":" + os.Getenv("PATH")})
		return
	}
	port := freePort(t)
	here := strings.NewReplacer("go install .\n", "true\n", "localhost:8000", "localhost:"+port)
	runConsole(t, emptyRepository(t), here.Replace(examples.String()), append(offline, "APP_LISTEN=tcp:localhost:"+port))
}

// What a document starts in the background is a command of its own. Of a list bash makes
// a shell, and kill $! would end that alone: the app went on, and kept its port.
func TestBackgroundIsOneCommand(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal("there are no documents", err)
	}
	started := 0
	for _, name := range append(pages, "README.md") {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range regexp.MustCompile(`(?m)^\$ .*[^&]&(?: \w+=\$!)?$`).FindAllString(string(page), -1) {
			started++
			if strings.Contains(line, "&&") || strings.Contains(line, ";") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
	if started == 0 {
		t.Error("no document starts anything")
	}
}

// The README names the command by which .ci/run tests.
func TestReadmeNamesTests(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	run, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^go test .* \./\.\.\.$`).FindString(string(run))
	if command == "" || !strings.Contains(string(readme), "\n"+command+"\n") {
		t.Errorf("README.md does not have the line %q of .ci/run", command)
	}
}

// docs/commands.md lists each command.
func TestCommandsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, have []string
	for _, m := range regexp.MustCompile(`(?m)^    scaffold (\w+(?: [a-z]+)?)\b`).FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, m[1])
	}
	for _, c := range (program{&console.Console{}}).app(nil).Commands {
		if len(c.Subcommands) == 0 {
			have = append(have, c.Name)
		}
		for _, sub := range c.Subcommands {
			have = append(have, c.Name+" "+sub.Name)
		}
	}
	slices.Sort(listed)
	slices.Sort(have)
	if !slices.Equal(listed, have) {
		t.Errorf("docs/commands.md lists %q, and there are %q", listed, have)
	}
}

// What docs/transports.md says of speed is what docs/performance.md has measured.
func TestQuotedSpeeds(t *testing.T) {
	var pages [2]string
	for i, name := range []string{"docs/transports.md", "docs/performance.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages[i] = string(text)
	}
	_, row, _ := strings.Cut(pages[0], "\n| requests/s by nginx")
	row, _, _ = strings.Cut(row, "\n")
	cells := strings.Split(row, " | ")[1:]
	for i, transport := range []string{"HTTP over a unix socket", "**FastCGI**, connections kept", "SCGI", "CGI by fcgiwrap"} {
		measured := "\n| " + transport + " | " + strings.TrimSuffix(cells[i], " |") + " |"
		if !strings.Contains(pages[1], measured) {
			t.Errorf("docs/performance.md does not have %s", measured[1:])
		}
	}
}

// link is a link of Markdown, and anchor what is not in the name that a forge gives a
// heading.
var (
	link   = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	anchor = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// Links between documents lead to a file, and to a heading where they name one.
func TestDocumentLinks(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "README.md", "CHANGELOG.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, heading, _ := strings.Cut(m[1], "#")
			to := page
			if file != "" {
				to = filepath.Join(filepath.Dir(page), filepath.FromSlash(file))
			}
			target, err := os.ReadFile(to)
			if err != nil {
				t.Errorf("%s: %v", page, err)
			} else if heading != "" && !slices.Contains(headings(string(target)), heading) {
				t.Errorf("%s: %s has no heading #%s", page, to, heading)
			}
		}
	}
}

// headings returns the names that links know the headings of a page by.
func headings(page string) []string {
	var names []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		names = append(names, strings.ReplaceAll(anchor.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-"))
	}
	return names
}

// documentEnvironment has git take a document's repository from a folder, and the go
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
	got = strings.NewReplacer(dir, "…", "\r\n", "\n").Replace(got)
	got = changing.ReplaceAllString(digest.ReplaceAllString(got, "$1…"), "$1…")
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

// The contents of the reference of packs name each heading.
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
