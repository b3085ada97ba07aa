package settle

import (
	"slices"
	"strings"
	"testing"
)

const (
	hashA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hashB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	hashC = "0123456789abcdef0123456789abcdef01234567"
)

var (
	digestA = "@sha256:" + strings.Repeat("a", 64)
	digestB = "@sha256:" + strings.Repeat("b", 64)
	digestC = "@sha256:" + strings.Repeat("c", 64)
)

// In each row: base, ours and theirs, what comes of them, and what is said. Without the
// last two it is a conflict.
var pinTests = []struct {
	name                           string
	base, ours, theirs, want, said string
}{
	// The higher, by numbers and not by text.
	{"a.yaml", "image: redis:7.0", "image: redis:7.4", "image: redis:7.2", "image: redis:7.4", "took 7.4 of 7.2 and 7.4"},
	{"a.yaml", "tag: 1.0.0", "tag: 1.1.0", "tag: 2.0.0", "tag: 2.0.0", "took 2.0.0 of 1.1.0 and 2.0.0"},
	{"a.yaml", "python-version: 3.8", "python-version: 3.12", "python-version: 3.9", "python-version: 3.12", "took 3.12 of 3.9 and 3.12"},
	{"a.toml", "a = \"1.2.9\"", "a = \"1.2.10\"", "a = \"1.2.11\"", "a = \"1.2.11\"", "took 1.2.11 of 1.2.10 and 1.2.11"},
	{"a.yml", "  rev: v1.2.3", "  rev: v1.3.0", "  rev: v1.2.4", "  rev: v1.3.0", "took v1.3.0 of v1.2.4 and v1.3.0"},
	{"a.yml", "  rev: 23.1.0", "  rev: 23.12.1", "  rev: 24.1.0", "  rev: 24.1.0", "took 24.1.0 of 23.12.1 and 24.1.0"},
	{"a.yml", "image_tag: 5.0", "image_tag: 7.0", "image_tag: 6.1", "image_tag: 7.0", "took 7.0 of 6.1 and 7.0"},
	{"a.yml", "  rev: 5.0", "  rev: 7.0", "  rev: 6.1", "  rev: 7.0", "took 7.0 of 6.1 and 7.0"},
	{"Makefile", "\tgo run x.dev/y@2023.1", "\tgo run x.dev/y@2025.1", "\tgo run x.dev/y@2024.1", "\tgo run x.dev/y@2025.1", "took 2025.1 of 2024.1 and 2025.1"},
	{"a.yml", "runs-on: ubuntu-20.04", "runs-on: ubuntu-24.04", "runs-on: ubuntu-22.04", "runs-on: ubuntu-24.04", "took 24.04 of 22.04 and 24.04"},
	{"Gemfile", "ruby \"3.1\"", "ruby \"3.3\"", "ruby \"3.2\"", "", ""},
	{"Gemfile", "gem 'rails', '~> 7.0.4'", "gem 'rails', '~> 7.1.2'", "gem 'rails', '~> 7.2.0'", "gem 'rails', '~> 7.2.0'", "took 7.2.0 of 7.1.2 and 7.2.0"},
	{"Cargo.toml", "rand = \"0.7\"", "rand = \"0.9\"", "rand = \"0.8\"", "rand = \"0.9\"", "took 0.9 of 0.8 and 0.9"},
	{".nvmrc", "v18.1.0", "v20.2.0", "v20.3.0", "v20.3.0", "took v20.3.0 of v20.2.0 and v20.3.0"},
	{".python-version", "3.9", "3.12", "3.11", "3.12", "took 3.12 of 3.11 and 3.12"},
	{"README.md", "Needs Go 1.20 or newer.", "Needs Go 1.22 or newer.", "Needs Go 1.21 or newer.", "Needs Go 1.22 or newer.", "took 1.22 of 1.21 and 1.22"},
	{"a.py", "install(\"ruff==0.1.5\")", "install(\"ruff==0.2.0\")", "install(\"ruff==0.1.9\")", "install(\"ruff==0.2.0\")", "took 0.2.0 of 0.1.9 and 0.2.0"},

	// Never back, and never what nobody knows to be higher.
	{"a.yaml", "image: redis:7.0", "image: redis:6.2", "image: redis:7.2", "", ""},
	{"a.yaml", "image: redis:7.0", "image: redis:6.2", "image: redis:6.0", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@v4", "- uses: a/b@v4.1", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@v4.1", "- uses: a/b@v5", "- uses: a/b@v5", "took v5 of v4.1 and v5"},
	{"a.yml", "- uses: a/b@v3.1", "- uses: a/b@v4", "- uses: a/b@v5.2", "", ""},
	{"a.yml", "- uses: a/b@v3.1", "- uses: a/b@v4", "- uses: a/b@v5", "- uses: a/b@v5", "took v5 of v4 and v5"},
	{"a.yml", "- uses: a/b@v3.1", "- uses: a/b@v3", "- uses: a/b@v5", "", ""},
	{"Dockerfile", "FROM golang:1.21 AS b", "FROM golang:1.21.4 AS b", "FROM golang:1.22 AS b", "FROM golang:1.22 AS b", "took 1.22 of 1.21.4 and 1.22"},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@4", "- uses: a/b@v5", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: c/b@v4", "- uses: a/b@v5", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@main", "- uses: a/b@v5", "", ""},
	{"a.yaml", "tag: 1.1.0", "tag: 1.02.0", "tag: 1.2.0", "", ""},
	{"a.yaml", "", "tag: 1.1.0", "tag: 1.2.0", "", ""},

	// Python's versions without a dot.
	{"pyproject.toml", "target-version = \"py39\"", "target-version = \"py311\"", "target-version = \"py310\"", "target-version = \"py311\"", "took 311 of 310 and 311"},
	{"a.yaml", "  args: [--py37-plus]", "  args: [--py38-plus]", "  args: [--py310-plus]", "  args: [--py310-plus]", "took 310 of 38 and 310"},
	{"pyproject.toml", "target-version = \"py310\"", "target-version = \"py39\"", "target-version = \"py311\"", "", ""},
	{"pyproject.toml", "target-version = [\"py39\"]", "target-version = [\"py310\"]", "target-version = [\"py311\"]", "", ""},
	{"pyproject.toml", "target-version = [\"py38\", \"py39\"]", "target-version = [\"py39\", \"py310\"]", "target-version = [\"py39\", \"py311\"]", "", ""},
	{"tox.ini", "envlist = py38, py39", "envlist = py39, py310", "envlist = py39, py311", "", ""},

	// Prereleases.
	{"a.toml", "a = \"==1.2.2\"", "a = \"==1.2.3\"", "a = \"==1.2.3-rc.1\"", "a = \"==1.2.3\"", "took 1.2.3 of 1.2.3-rc.1 and 1.2.3"},
	{"a.toml", "a = \"==1.2.3-rc.1\"", "a = \"==1.2.3-rc.10\"", "a = \"==1.2.3-rc.9\"", "a = \"==1.2.3-rc.10\"", "took 1.2.3-rc.10 of 1.2.3-rc.9 and 1.2.3-rc.10"},
	{"a.txt", "a==1.0.0", "a==1.1.0a2", "a==1.1.0rc1", "a==1.1.0rc1", "took 1.1.0rc1 of 1.1.0a2 and 1.1.0rc1"},
	{"a.txt", "a==1.0.0", "a==1.1.0", "a==1.1.0rc1", "a==1.1.0", "took 1.1.0 of 1.1.0rc1 and 1.1.0"},
	{"a.txt", "a==1.0.0", "a==1.1.0.post1", "a==1.1.0", "a==1.1.0.post1", "took 1.1.0.post1 of 1.1.0 and 1.1.0.post1"},
	{"a.txt", "a==1.0.0", "a==1.1.0.dev3", "a==1.1.0a1", "", ""},
	{"a.txt", "a==1.1.0", "a==1.1.0rc1", "a==1.1.1", "", ""},

	// Operators must be alike; >=4 is >=4.0, and !=4 is no wish.
	{"requirements.txt", "a>=2.3,<3", "a>=2.4,<3", "a>=2.5,<4", "a>=2.5,<4", "took 2.5 of 2.4 and 2.5"},
	{"requirements.txt", "a>=2.3,<3", "a>=2.4,<3", "a>=2.3,<4", "", ""},
	{"requirements.txt", "a>=2.3", "a>=2.4", "a==2.5", "", ""},
	{"requirements.txt", "a>=2", "a>=3", "a>=3.1", "a>=3.1", "took 3.1 of 3 and 3.1"},
	{"requirements.txt", "a>=2", "a>=3", "a>=3.0", "", ""},
	{"pyproject.toml", "a = \"^22.3.0\"", "a = \"^23.0\"", "a = \"^24.1.0\"", "a = \"^24.1.0\"", "took 24.1.0 of 23.0 and 24.1.0"},
	{"pyproject.toml", "a = \"~22.3.0\"", "a = \"~23.0\"", "a = \"~24.1.0\"", "", ""},
	{"pyproject.toml", "a = \"^22.3.0\"", "a = \"^23.1\"", "a = \"^23.1.0\"", "", ""},
	{"requirements.txt", "a~=2.1", "a~=3.1", "a~=3.1.2", "", ""},
	{"requirements.txt", "a!=2.1", "a!=2.2", "a!=2.3", "", ""},
	{"package.json", "\"node\": \">=16\"", "\"node\": \">=22\"", "\"node\": \">=18\"", "\"node\": \">=22\"", "took 22 of 18 and 22"},
	{"package.json", "\"a\": \"^4.18.2\",", "\"a\": \"4.19.0\",", "\"a\": \"^4.19.2\",", "", ""},
	{"package.json", "\"a\": \"5.x\",", "\"a\": \"6.x\",", "\"a\": \"7.x\",", "\"a\": \"7.x\",", "took 7 of 6 and 7"},
	{"package.json", "\"a\": \"^5\",", "\"a\": \"^6\"", "\"a\": \"^7\",", "", ""}, // a comma is no number

	// What stands behind a version must be alike.
	{"Dockerfile", "FROM node:18-alpine", "FROM node:20-alpine", "FROM node:22-alpine", "FROM node:22-alpine", "took 22 of 20 and 22"},
	{"Dockerfile", "FROM node:18-alpine", "FROM node:20-bookworm", "FROM node:22-alpine", "", ""},
	{"Dockerfile", "FROM python:3.10-alpine3.18", "FROM python:3.12-alpine3.18", "FROM python:3.11-alpine3.19", "", ""},
	{"Dockerfile", "FROM python:3.10-alpine3.18", "FROM python:3.12-alpine3.19", "FROM python:3.11-alpine3.19", "FROM python:3.12-alpine3.19", "took 3.12 of 3.11 and 3.12"},
	{"a.yaml", "image: x.dev:5000/a:1.0", "image: x.dev:5001/a:1.0", "image: x.dev:5002/a:1.0", "", ""},

	// A hash goes with the version in its comment.
	{"a.yml", "- uses: a/b@" + hashA + " # v4.1.1", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@" + hashC + " # v4.2.0", "- uses: a/b@" + hashC + " # v4.2.0", "took v4.2.0 of v4.1.2 and v4.2.0"},
	{"a.yml", "  rev: " + hashA + "  # frozen: v1.1.0", "  rev: " + hashB + "  # frozen: v1.3.0", "  rev: " + hashC + "  # frozen: v1.2.0", "  rev: " + hashB + "  # frozen: v1.3.0", "took v1.3.0 of v1.2.0 and v1.3.0"},
	{"a.yml", "- uses: a/b@" + hashA, "- uses: a/b@" + hashB, "- uses: a/b@" + hashC, "", ""},
	{"a.yml", "- uses: a/b@" + hashA + " # v4.1.1", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@" + hashC + " # v4.1.2", "", ""},
	{"a.yml", "- uses: a/b@" + hashA + " # v4.1.1", "- uses: a/b@" + hashB + " # v4.1.1", "- uses: a/b@" + hashC + " # v4.1.2", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v5.0.0", "- uses: a/b@v4", "- uses: a/b@" + hashB + " # v5.0.0", "took v5.0.0 of v4 and v5.0.0"},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v3.6.0", "- uses: a/b@v4", "", ""}, // it would be pinned no more
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@v4", "- uses: a/b@" + hashB + " # v4.1.2", "took v4.1.2 of v4 and v4.1.2"},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@v4.1", "- uses: a/b@" + hashB + " # v4.1.2", "took v4.1.2 of v4.1 and v4.1.2"},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v4", "- uses: a/b@v4.1.2", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@v5", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@" + hashB + " # v4.1.2-rc.1", "- uses: a/b@v4", "", ""},
	{"a.yml", "- uses: a/b@v3.1", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@v4", "", ""},
	{"a.yml", "- uses: a/b@" + hashA + " # v3.1.0", "- uses: a/b@" + hashB + " # v4.1.2", "- uses: a/b@v4", "", ""}, // the template pins it no more
	{"a.yaml", "image: a:1.1" + digestA, "image: a:1.2" + digestB, "image: a:1.3" + digestC, "image: a:1.3" + digestC, "took 1.3 of 1.2 and 1.3"},
	{"a.yaml", "image: a:1.1" + digestA, "image: a:1.1" + digestB, "image: a:1.1" + digestC, "", ""},

	// The version of the project, of a file's format, and lists of versions.
	{"setup.cfg", "version = 3.9.0", "version = 3.9.1", "version = 3.10.0", "", ""},
	{"setup.cfg", "version = 3.8.0", "version = 3.9.0dev", "version = 3.9.0", "", ""},
	{"setup.py", "    version=\"1.0.0\",", "    version=\"1.1.0\",", "    version=\"1.2.0\",", "", ""},
	{"a.py", "__version__ = \"1.0.0\"", "__version__ = \"1.1.0\"", "__version__ = \"1.2.0\"", "", ""},
	{"conf.py", "release = '1.0.0'", "release = '1.1.0'", "release = '1.2.0'", "", ""},
	{"a.go", "const Version = \"1.0.0\"", "const Version = \"1.1.0\"", "const Version = \"1.2.0\"", "", ""},
	{"Makefile", "VERSION ?= 1.0.0", "VERSION ?= 1.1.0", "VERSION ?= 1.2.0", "", ""},
	{"Dockerfile", "ARG VERSION=1.0.0", "ARG VERSION=1.1.0", "ARG VERSION=1.2.0", "", ""},
	{".bumpversion.cfg", "current_version = 1.0.0", "current_version = 1.1.0", "current_version = 1.2.0", "", ""},
	{"Chart.yaml", "appVersion: \"1.0.0\"", "appVersion: \"1.1.0\"", "appVersion: \"1.2.0\"", "", ""},
	{"a.yaml", "apiVersion: a/v1", "apiVersion: a/v2", "apiVersion: a/v3", "", ""},
	{"a.json", "\"version\": \"1.0.0\",", "\"version\": \"1.1.0\",", "\"version\": \"1.2.0\",", "", ""},
	{"a.json", "{\"name\": \"a\", \"version\": \"1.0.0\"}", "{\"name\": \"a\", \"version\": \"1.1.0\"}", "{\"name\": \"a\", \"version\": \"1.2.0\"}", "", ""},
	{"a.json", "\"schemaVersion\": 1,", "\"schemaVersion\": 2,", "\"schemaVersion\": 3,", "", ""},
	{"a.json", "\"$schema\": \"https://a.dev/1.0.0/s.json\"", "\"$schema\": \"https://a.dev/1.1.0/s.json\"", "\"$schema\": \"https://a.dev/1.2.0/s.json\"", "", ""},
	{"pom.xml", "<version>1.0.0</version>", "<version>1.1.0</version>", "<version>1.2.0</version>", "", ""},
	{"Cargo.toml", "a = { version = \"1.0.0\" }", "a = { version = \"1.1.0\" }", "a = { version = \"1.2.0\" }", "a = { version = \"1.2.0\" }", "took 1.2.0 of 1.1.0 and 1.2.0"},
	{"CHANGELOG.md", "Needs a 1.0.0.", "Needs a 1.1.0.", "Needs a 1.2.0.", "", ""},
	{"README.md", "## 1.0.0", "## 1.1.0", "## 1.2.0", "", ""},
	{"yarn.lock", "  a \"1.0.0\"", "  a \"1.1.0\"", "  a \"1.2.0\"", "", ""},
	{"a.yml", "python: [3.8, 3.9]", "python: [3.9, 3.10]", "python: [3.10, 3.11]", "", ""},
	{"a.yml", "python: [\"3.8\", \"3.9\"]", "python: [\"3.9\", \"3.10\"]", "python: [\"3.10\", \"3.11\"]", "", ""},
	{"a.yml", "- \"3.8\"", "- \"3.9\"", "- \"3.10\"", "", ""},
	{"a.yml", "os: [ubuntu-20.04, macos-12]", "os: [ubuntu-22.04, macos-12]", "os: [ubuntu-24.04, macos-12]", "", ""},
	{"setup.cfg", "    Programming Language :: Python :: 3.8", "    Programming Language :: Python :: 3.9", "    Programming Language :: Python :: 3.10", "", ""},

	// Numbers that are no versions.
	{"a.yml", "timeout-minutes: 10", "timeout-minutes: 20", "timeout-minutes: 15", "", ""},
	{"a.yaml", "replicas: 1", "replicas: 2", "replicas: 3", "", ""},
	{"a.toml", "line-length = 79", "line-length = 88", "line-length = 100", "", ""},
	{"a.toml", "fail_under = 80.5", "fail_under = 85.5", "fail_under = 90.5", "", ""},
	{"a.yaml", "cpus: \"0.5\"", "cpus: \"1.0\"", "cpus: \"1.5\"", "", ""},
	{"a.yaml", "memory: 1.5Gi", "memory: 2.5Gi", "memory: 3.5Gi", "", ""},
	{"a.yaml", "addr: 127.0.0.1", "addr: 127.0.0.2", "addr: 127.0.0.3", "", ""},
	{"a.yaml", "- \"8000:80\"", "- \"8001:80\"", "- \"8002:80\"", "", ""},
	{"a.yaml", "url: redis://cache:6379", "url: redis://cache:6380", "url: redis://cache:6381", "", ""},
	{"a.yaml", "image: a:1.0 # since 2020", "image: a:1.0 # since 2021", "image: a:1.0 # since 2022", "", ""},
	{"a.yaml", "date: 2024-01-15", "date: 2024-02-15", "date: 2024-03-15", "", ""},
	{"a.yaml", "api-version: 2024-01-15", "api-version: 2025-01-15", "api-version: 2026-01-15", "", ""},
	{"a.yaml", "url: https://a.dev/v1/b", "url: https://a.dev/v2/b", "url: https://a.dev/v3/b", "", ""},
	{"a.go", "addr := \":8000\"", "addr := \":8001\"", "addr := \":8002\"", "", ""},
	{"a.go", "import \"a.dev/b/v2\"", "import \"a.dev/b/v3\"", "import \"a.dev/b/v4\"", "", ""},
	{"a.py", "if x >= 0.5:", "if x >= 0.6:", "if x >= 0.7:", "", ""},
	{"a.sh", "sleep 5", "sleep 6", "sleep 7", "", ""},
	{"Dockerfile", "ENV NODE_VERSION=18", "ENV NODE_VERSION=20", "ENV NODE_VERSION=22", "", ""},
	{"a.yml", "node-version: 18", "node-version: 20", "node-version: 22", "node-version: 22", "took 22 of 20 and 22"},
	{"LICENSE", "Copyright 2023 Ada", "Copyright 2024 Ada", "Copyright 2025 Ada", "", ""},
	{"a.txt", "a 1.2.3" + strings.Repeat(".", maxLine), "a 1.2.4" + strings.Repeat(".", maxLine), "a 1.2.5" + strings.Repeat(".", maxLine), "", ""},

	{"a.txt", strings.Repeat("a==1.0 ", maxNumbers), strings.Repeat("a==1.1 ", maxNumbers), strings.Repeat("a==1.2 ", maxNumbers), "", ""},
	{"a.txt", strings.Repeat("a==1.0\n", maxLines) + "a", strings.Repeat("a==1.1\n", maxLines) + "a", strings.Repeat("a==1.2\n", maxLines) + "a", "", ""},

	// Lines are decided one by one, and what one side added stays where it put it.
	{"a.yml", "- uses: a/b@v3\n- uses: c/d@v1", "- uses: a/b@v5\n- uses: c/d@v1", "- uses: a/b@v4\n- uses: c/d@v2", "- uses: a/b@v5\n- uses: c/d@v2", "took v5 of v4 and v5"},
	{"a.yml", "- uses: a/b@v3\n- uses: c/d@v1", "- uses: a/b@v5\n- uses: c/d@v2", "- uses: a/b@v4\n- uses: c/d@v3", "- uses: a/b@v5\n- uses: c/d@v3", "took v5 of v4 and v5, v3 of v2 and v3"},
	{"Dockerfile", "FROM go:1.21", "FROM go:1.24", "# a\nFROM go:1.22\nUSER b", "# a\nFROM go:1.24\nUSER b", "took 1.24 of 1.22 and 1.24"},
	{"Dockerfile", "FROM go:1.21", "FROM go:1.24\nUSER a", "FROM go:1.22\nUSER b", "", ""},
	{"package.json", "\"b\": \"^1.0\",", "\"a\": \"^2.0\",\n\"b\": \"^1.1\",", "\"b\": \"^1.2\",\n\"a\": \"^3.0\",", "", ""},
	{"a.yml", "- uses: a/b@v3", "- uses: a/b@v5", "- uses: a/b@v4\n- uses: a/b@v4", "", ""},
	{"a.yml", "- uses: a/b@v3\n  name: x", "- uses: a/b@v5\n  name: x", "- uses: a/b@v4\n  name: y", "", ""},
	{"a.yml", "a: 1.0.0\nb: 1", "a: 1.1.0\nb: 2", "a: 1.2.0\nb: 1", "", ""}, // b is no version
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func TestPins(t *testing.T) {
	for _, test := range pinTests {
		h := Hunk{Name: test.name, Base: linesOf(test.base), Ours: linesOf(test.ours), Theirs: linesOf(test.theirs)}
		for _, h := range []Hunk{h, swap(h)} {
			lines, said, ok := Pins(h)
			if got := strings.Join(lines, "\n"); got != test.want || said != test.said || ok != (test.want != "") {
				t.Errorf("%s: base %q ours %q theirs %q: got %q, %q, %v; want %q, %q",
					h.Name, h.Base, h.Ours, h.Theirs, got, said, ok, test.want, test.said)
			}
		}
	}
}

func swap(h Hunk) Hunk {
	h.Ours, h.Theirs = h.Theirs, h.Ours
	return h
}

// What both sides begin and end with may be what became of lines of base.
func TestPinsSeeWhatIsAgreed(t *testing.T) {
	h := Hunk{Name: "requirements.txt", Base: linesOf("a==1.0\nb==1.0\nc==1.0"), Head: linesOf("a==1.1"), Tail: linesOf("c==1.2\nd")}
	h.Ours, h.Theirs = linesOf("b==1.0"), linesOf("b2\nb==1.3")
	lines, said, ok := Pins(h)
	if want := linesOf("b2\nb==1.3"); !ok || !slices.Equal(lines, want) || said != "" {
		t.Errorf("got %q, %q, %v; want %q", lines, said, ok, want)
	}
	h.Base = h.Base[1:]
	if lines, _, ok := Pins(h); !ok || !slices.Equal(lines, linesOf("b2\nb==1.3")) {
		t.Errorf("a line that both added: got %q, %v", lines, ok)
	}
	h.Head = linesOf("b==2.0")
	if lines, _, ok := Pins(h); ok {
		t.Errorf("a line that stands twice: got %q", lines)
	}
}

func TestPinsSayNoMoreThanIsRead(t *testing.T) {
	h := Hunk{Name: "requirements.txt"}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		h.Base, h.Ours, h.Theirs = append(h.Base, name+"==1.0"), append(h.Ours, name+"==1.1"), append(h.Theirs, name+"==1.2")
	}
	_, said, ok := Pins(h)
	if want := "took 1.2 of 1.1 and 1.2, 1.2 of 1.1 and 1.2, 1.2 of 1.1 and 1.2, and 2 more"; !ok || said != want {
		t.Errorf("got %q, %v; want %q", said, ok, want)
	}
}
