package merge

import (
	"fmt"
	"strings"
	"testing"
)

// Lines merge all of these clean, and git too, because one block without a name is like another,
// a line that one side took out stands elsewhere on the other, or code needs what is gone. A bar
// ends a line.
var auditTests = []gateTest{
	{"setup.sh", `set -e|for dir; do|	mkdir -p "$dir"|	chown www "$dir"|done|mkdir /run/lock|systemd-tmpfiles --create|ip link set lo up`, `set -e|for dir; do|	mkdir -p "$dir"|	chown www "$dir"|done|mkdir /run/lock|ip link set lo up`, `set -e|for dir; do|	mkdir -p "$dir"|	chown www "$dir"|done|mkdir /run/lock|ip link set lo up|systemd-tmpfiles --create`, `"systemd-tmpfiles --create" would not be what both changes make of it: the line merge was clean`},
	{"launch.json", `{|  "configurations": [|    {|      "type": "go",|      "program": "./cmd/worker"|    }|  ]|}`, `{|  "configurations": [|    {|      "requestx3": "launch",|      "type": "go",|      "program": "./cmd/worker"|    }|  ]|}`, `{|  "configurations": [|    {|      "type": "go",|      "program": "./cmd/server"|    },|    {|      "type": "go",|      "program": "./cmd/worker"|    }|  ]|}`, `"{" would not be what both changes make of it: the line merge was clean`},
	{"launch.json", `{|  "configurations": [|    {|      "type": "go",|      "request": "launch",|      "program": "./cmd/worker"|    },|    {|      "type": "go",|      "request": "launch",|      "program": "./..."|    }|  ]|}`, `{|  "configurations": [|    {|      "type": "go",|      "typex1": "go",|      "request": "launch",|      "program": "./cmd/worker"|    },|    {|      "type": "go",|      "request": "launch",|      "program": "./..."|    }|  ]|}`, `{|  "configurations": [|    {|      "type": "go",|      "request": "launch",|      "program": "./..."|    }|  ]|}`, `"{" would not be what both changes make of it: the line merge was clean`},
	{"nginx.conf", `server {|    listen 80;|    server_name admin.example.com;|    location / {|        proxy_read_timeout 30s;|    }|}`, `server {|    listen 80;|    server_name admin.example.com;|}|server {|    listen 80;|    server_name admin.example.com;|    location / {|        proxy_read_timeout 30s;|    }|}`, `server {|    server_name admin.example.com;|    location / {|        proxy_read_timeout 30s;|    }|    listen 80;|}`, `"server {" would not be what both changes make of it: the line merge was clean`},
	{"main.tf", `resource "aws_security_group" "admin" {|  ingress {|    protocol = "tcp"|  }|}`, `resource "aws_security_group" "admin" {|  ingress {|    protocol = "tcp"|    protocolx3 = "tcp"|  }|}|resource "aws_security_group" "adminx3" {|  ingress {|    protocol = "tcp"|  }|}`, `resource "aws_security_group" "admin" {|  ingress {|    protocol = "tcp"|  }|  ingress {|    protocol = "tcp"|  }|}`, `"ingress {" would not be what both changes make of it: the line merge was clean`},
	{"Dockerfile", `FROM node:22 AS assets|COPY package.json .|COPY . .|RUN npm run build`, `FROM node:22 AS assets|COPY . .|COPY package.json .|RUN npm run build||FROM node:22 AS assets|COPY . .|RUN npm run build`, `FROM node:22 AS assets|COPY package.json .|COPY . .`, `"FROM node:22 AS assets" would not be what both changes make of it: the line merge was clean`},
	{"pyproject.toml", `[tool.ruff]|target-version = "py311"||[[tool.mypy.overrides]]|disallow_untyped_defs = false||[[tool.mypy.overrides]]|module = "boto3.*"|disallow_untyped_defs = false`, `[tool.ruff]|target-version = "py311"||[[tool.mypy.overrides]]|module = "boto3.*"|disallow_untyped_defs = false||[[tool.mypy.overrides]]|disallow_untyped_defs = false`, `[tool.ruff]|target-version = "py311"||[[tool.mypy.overrides]]|disallow_untyped_defs = false|disallow_untyped_defsy1 = false||[[tool.mypy.overrides]]|module = "boto3.*"|disallow_untyped_defs = false`, `"[[tool.mypy.overrides]]" would not be what both changes make of it: the line merge was clean`},
	{"hello.service", `[Service]|ExecStartPre=/usr/bin/hello migrate|ExecStart=/usr/bin/hello serve|Restart=on-failure|RestartSec=5`, `[Service]|Restart=on-failure|ExecStartPre=/usr/bin/hello migrate|ExecStart=/usr/bin/hello serve|RestartSec=5`, `[Service]|ExecStartPre=/usr/bin/hello migrate|RestartSec=0|ExecStart=/usr/bin/hello serve|Restart=on-failure|RestartSec=5||[Service]|ExecStart=/usr/bin/hello serve|Restart=on-failure|RestartSec=5`, `"[Service]" would not be what both changes make of it: the line merge was clean`},
	{"README.md", `## Develop|- Install Go 1.24|- Run make test`, `## Develop|- Run make test|- Install Go 1.24`, `## Develop|- Run make test`, `"- Install Go 1.24" would not be what both changes make of it: the line merge was clean`},
	{"stack.yaml", `---|tags:|  tier: front|---|tags:|  tier: back`, `---|tags:|  tier: back`, `---|tags:|  tier: back|---|tags:|  tier: front`, `"---" would not be what both changes make of it: the line merge was clean`},
	{"server.go", "package server||type Config struct {|\tAddr  string|\tDebug bool|}", "package server||type Config struct {|\tDebug bool|\tAddr  string|}", "package server||type Config struct {|\tDebug bool|}", `"Addr  string" would not be what both changes make of it: the line merge was clean`},
	{"hello.service", `[Service]|Environment=PORT=8000|Environment=LOG_LEVEL=info`, `[Service]|Environment=LOG_LEVEL=info|Environment=PORT=8000`, `[Service]|Environment=LOG_LEVEL=info`, `"Environment=PORT=8000" would not be what both changes make of it: the line merge was clean`},
	{".gitlab-ci.yml", `deploy:|  script:|    - make deps|    - make deploy|  rules:|    - when: manual`, `deploy:|  script:|    - make deps|    - make deploy`, `deploy:|  rules:|    - when: manual|  script:|    - make deps|    - make deploy`, `"rules:" would not be what both changes make of it: the line merge was clean`},
	{"ci.yml", `jobs:|  lint:|    steps:|      - with:|          cache: true|      - run: make lint`, `jobs:|  lint:|    steps:|      - run: make lint|      - with:|          cache: true`, `jobs:|  lint:|    steps:|      - with:|          cache: true`, `"- run: make lint" would not be what both changes make of it: the line merge was clean`},
	{"models.py", `class User:|    age: int = 0`, `class User:|    age: int = 0|    agex3: int = 0`, `class User:|    agex3: int = 0|    age: int = 0`, `"agex3: int = 0" would not be what both changes make of it: the line merge was clean`},
	{"nginx.conf", `upstream app {|    server app2:8000;|}`, `upstream app {|    server app2:8000;|}|upstream appx1 {|    server app2:8000;|}`, `upstream appx1 {|    server app2:8000;|}|upstream app {|    server app2:8000;|}`, `"upstream appx1 {" would not be what both changes make of it: the line merge was clean`},
	{"alerts.yml", `groups:|  - rules:|      - labels:|          severity: page`, `groups:|  - rules:|      - labels:|          severity: page|      - alert: HighErrorsB|        labels:|          severity: page`, `groups:|  - rules:|      - alerty1: HighErrors|        labels:|          severity: page|      - alert: HighErrorsB|        labels:|          severity: page`, `"- alert: HighErrorsB" would not be what both changes make of it: the line merge was clean`},
	{"models.py", `import os|import re||def home():|    return os.environ["HOME"]||def slug(text):|    return re.sub("[^a-z]", "-", text)`, `import re||def slug(text):|    return re.sub("[^a-z]", "-", text)`, `import os|import re||def home():|    return os.environ["HOME"]||def slug(text):|    return re.sub("[^a-z]", "-", text)||def root(path):|    return os.path.dirname(path)`, `an import would be missing, be left that nothing uses, or have the name of another: the line merge was clean`},
	{"server.go", "package server||import (|\t\"fmt\"|\t\"strings\"|)||func Name(c Config) string {|\treturn fmt.Sprintf(\"%s:%d\", c.Addr, c.Port)|}||func Slug(text string) string {|\treturn strings.ReplaceAll(text, \" \", \"-\")|}", "package server||import (|\t\"strings\"|)||func Slug(text string) string {|\treturn strings.ReplaceAll(text, \" \", \"-\")|}", "package server||import (|\t\"fmt\"|\t\"strings\"|)||func Name(c Config) string {|\treturn fmt.Sprintf(\"%s:%d\", c.Addr, c.Port)|}||func Slug(text string) string {|\treturn strings.ReplaceAll(text, \" \", \"-\")|}||func Show(c Config) {|\tfmt.Println(c.Addr)|}", `an import would be missing, be left that nothing uses, or have the name of another: the line merge was clean`},
	{"server.go", "package server||import (|\t\"encoding/json\"|\t\"os\"|)||func Load(path string) (Config, error) {|\tdata, err := os.ReadFile(path)|\treturn c, json.Unmarshal(data, &c)|}||func Save(path string, c Config) error {|\treturn os.WriteFile(path, data, 0o644)|}", "package server||import (|\t\"encoding/json\"|\t\"os\"|)||func Load(path string) (Config, error) {|\tdata, err := os.ReadFile(path)|\treturn c, json.Unmarshal(data, &c)|}", "package server||import (|\t\"encoding/json\"|\t\"os\"|)||func Load(path string) (Config, error) {|\treturn c, json.Unmarshal(data, &c)|}||func Save(path string, c Config) error {|\treturn os.WriteFile(path, data, 0o644)|}", `an import would be missing, be left that nothing uses, or have the name of another: the line merge was clean`},
}

func TestAudit(t *testing.T) { checkGateTests(t, auditTests) }

// What is wrong by lines is settled where the entries of a file, or its imports, decide it.
func TestAuditSettles(t *testing.T) {
	const imports = "package p||import (|\t\"fmt\"|\t\"os\"|)||func a() { fmt.Print() }||func b() { os.Exit(1) }"
	for _, tt := range []struct{ name, base, ours, theirs, want string }{
		{"a.go", imports, "package p||import (|\t\"os\"|)||func b() { os.Exit(1) }", imports + "||func c() { fmt.Print(2) }",
			"package p||import (|\t\"fmt\"|\t\"os\"|)||func b() { os.Exit(1) }||func c() { fmt.Print(2) }"},
		{"a.go", "package p||type c struct {|\ta int|\tb int|}", "package p||type c struct {|\tb int|\ta int|}", "package p||type c struct {|\tb int|}", "package p||type c struct {|\tb int|}"},
		{"a.service", "[Service]|A=1|B=2", "[Service]|B=2|A=1", "[Service]|B=2", "[Service]|B=2"},
	} {
		x := triple{barred(tt.base), barred(tt.ours), barred(tt.theirs)}
		if !Lines(x.base, x.ours, x.theirs, labels).Clean() {
			t.Errorf("%s %q %q: lines conflict", tt.name, tt.ours, tt.theirs)
		}
		r := Merge(tt.name, x.base, x.ours, x.theirs, Options{Labels: labels})
		if got := barConflicts(r); got != tt.want || len(r.Settled) == 0 {
			t.Errorf("%s %q %q:\n%s, want\n%s\nsettled %v, notes %q", tt.name, tt.ours, tt.theirs, got, tt.want, r.Settled, r.Notes)
		}
	}
}

// An import goes back where gofmt would have it, and nothing else changes.
func TestImportsPutBack(t *testing.T) {
	const base = "package p||import (|\t\"fmt\"|\t\"os\"|)||func a() { fmt.Print() }||func b() { os.Exit(1) }||var _ = 1"
	const ours = "package p||import (|\t\"os\"|)||func b() { os.Exit(1) }||var _ = 1"
	theirs := strings.Replace(base, "|var _", "|func c() { fmt.Print(2) }||var _", 1)
	for pad := range 12 {
		side := func(s string) []byte { // without a newline at the end
			return []byte(strings.TrimSuffix(string(barred(s+strings.Repeat("|var _ = 2", pad))), "\n"))
		}
		r := Merge("a.go", side(base), side(ours), side(theirs), Options{Labels: labels})
		if !r.Clean() || strings.HasSuffix(string(r.Content), "\n") {
			t.Errorf("clean is %v, and it ends as %q", r.Clean(), r.Content[len(r.Content)-5:])
		}
	}
	const sorted = "package p||import (|\t\"fmt\"|\t\"strings\"|)||func a() { fmt.Print(strings.ToUpper(\"\")) }||func b() {}"
	r := Merge("a.go", barred(sorted), barred("package p||import (|\t\"fmt\"|\t\"os\"|)||func a() { fmt.Print(os.Args) }||func b() {}"),
		barred(sorted+"||func c() { strings.ToLower(\"\") }"), Options{Labels: labels})
	if out := parse(r.Content); r.Clean() && !isFormatted(&out) {
		t.Errorf("gofmt would change it:\n%s", r.Content)
	}
}

// A word that only looks like an import of Python needs none.
func TestPythonLooksLikeAnImport(t *testing.T) {
	const base = "import json|import re||def a():|    return json.loads('1')||def b():|    return re.sub('a', 'b', 'c')"
	const ours = "import re||def b():|    return re.sub('a', 'b', 'c')"
	for line, clean := range map[string]bool{
		"return r.json()":                          true,
		"return c.post('/', json={})":              true,
		"return Response(type='application/json')": true,
		"pass  # as json":                          true,
		"return json.dumps(1)":                     false,
		"return [json]":                            false,
		"return f'{json.dumps(1)}'":                false,
	} {
		r := Merge("a.py", barred(base), barred(ours), barred(base+"||def c(r):|    "+line), Options{Labels: labels})
		if r.Clean() != clean {
			t.Errorf("%q: clean is %v\n%s", line, r.Clean(), r.Content)
		}
	}
}

// Two equal blocks that both sides changed, one side each in its own way, are each a merge.
func TestEqualBlocksChanged(t *testing.T) {
	block := func(one, two string) string {
		return "  x {|    a = " + one + "|    b = 2|    c = 3|    d = " + two + "|  }|"
	}
	file := func(s ...string) []byte { return barred("r {|" + strings.Join(s, "") + "}") }
	r := Merge("main.tf", file(block("1", "4"), block("1", "4")), file(block("5", "4"), block("6", "4")), file(block("1", "7"), block("1", "7")), Options{Labels: labels})
	if want := file(block("5", "7"), block("6", "7")); string(r.Content) != string(want) {
		t.Errorf("got\n%s", r.Content)
	}
}

// A conflict that entries make of what lines got wrong has a reason.
func TestAuditSaysWhy(t *testing.T) {
	for _, tt := range auditTests {
		if r := Merge(tt.name, barred(tt.base), barred(tt.ours), barred(tt.theirs), Options{Labels: labels}); !r.Clean() && len(r.Notes) == 0 {
			t.Errorf("%s %q %q: a conflict has no reason\n%s", tt.name, tt.ours, tt.theirs, r.Content)
		}
	}
}

// What one side replaced is a conflict where the other put it elsewhere, or what is before or behind
// it, and order counts.
func TestMovedAndReplaced(t *testing.T) {
	for _, tt := range []struct {
		name, base, ours, theirs string
		clean                    bool
	}{
		{"Dockerfile", "FROM a|COPY b c|CMD d", "FROM a|COPY b e|CMD d", "FROM a|CMD d|COPY b c", false},
		{".gitlab-ci.yml", "stages:|- test|- build", "stages:|- build|- test", "stages:|- tests|- build", false},
		{"Dockerfile", "FROM a|COPY b c|CMD d", "FROM a|CMD d", "FROM a|CMD d|COPY b c", true}, // gone
		{"Dockerfile", "FROM a|WORKDIR w|COPY b c|RUN x|CMD d", "FROM a|COPY b c|RUN x|WORKDIR w|CMD d", "FROM a|WORKDIR w|COPY b e|RUN x|CMD d", false},
		{"Dockerfile", "FROM a|WORKDIR w|ENV b=1|RUN x|CMD d", "FROM a|ENV b=1|RUN x|WORKDIR w|CMD d", "FROM a|WORKDIR w|ENV b=1|RUN x|CMD d|COPY a b", true}, // at the end
	} {
		if r := Merge(tt.name, barred(tt.base), barred(tt.ours), barred(tt.theirs), Options{Labels: labels}); r.Clean() != tt.clean {
			t.Errorf("%s %q %q: clean is %v\n%s", tt.name, tt.ours, tt.theirs, r.Clean(), r.Content)
		}
	}
}

// An audit ends early on files that would take it long.
func TestAuditIsBounded(t *testing.T) {
	lines := func(form string, n int) []byte {
		var s strings.Builder
		for i := range n {
			fmt.Fprintf(&s, form+"\n", i)
		}
		return []byte(s.String())
	}
	const n = 4000
	around := func(above string, lines []byte, below string) []byte {
		return []byte(above + string(lines) + below)
	}
	x := triple{
		base:   around("- x\n- k\n", lines("- a%d", n), "- l\n- m\n"),
		ours:   around("- k\n", lines("- b%d", n), "- l\n- m\n"),      // took x out
		theirs: around("- k\n", lines("- b%d", n), "- l\n- x\n- m\n"), // put it elsewhere
	}
	b, o, th := parse(x.base), parse(x.ours), parse(x.theirs)
	m := newMerger(&b, &o, &th, labels)
	m.name = "a.yaml"
	if r := m.merge(nil); !r.Clean() || !m.mayMisplace() {
		t.Fatal("there is nothing to audit")
	}
	if a := m.newAudit(m.out.lines, inMerged); a.work >= 0 || a.work < -3*n {
		t.Errorf("%d of %d lines are left to be compared", a.work, maxWork)
	}
}
