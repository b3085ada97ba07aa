package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Strings that mean something in one language or another. Each is written by
// the quoter of a language and read by that language's real reader: what comes
// back is what was given, or the quoter refused it.
var hostile = []string{
	"", " ", "  a  ", "plain", "two words", "größe", "日本語", "😀", "e\u0301",
	`"`, `'`, "`", `""`, `''`, `"""`, `say "hi"`, `it's`, `'\''`, `"; echo owned; "`, `' || true '`,
	`\`, `\\`, `\\\`, `a\`, `a\\`, `\n`, `\"`, `\x41`, `\u0041`, `\101`, `\$HOME`, `C:\new\table`,
	"$HOME", "${HOME}", "$(id)", "$", "$$", "`id`", "$uri", "${uri}",
	"%", "%%", "%i", "%n%u", "100 %", "%s%d", "{{ .name }}", "{%", "#{x}",
	"a\nb", "\n", "\na\n", "a\r\nb", "a\rb", "a\tb", "\t", "a\vb\fc", "a\x00b", "\x00", "\x01\x02", "\x1b[31m", "\x7f", "\u0085", "\u009b",
	"\u00a0", "\u2028", "a\u2029b", "\u202eabc", "\u2066x\u2069", "\u200b", "\ufeffa", "\ufffd", "\ufffe", "\ufdcf", "\ufdf0", "\U0010ffff", "\U000e0041",
	"-", "--", "-rf", "- a", "--- a", "#", "# a", "a # b", "a #b", ";", "; a", "a;b", "&", "a & b", "|", "a | b", "<", ">", "<<EOF",
	"{", "}", "{}", "{ a }", "[", "]", "[a]", "(", ")", ",", "a, b", ":", "a: b", "a:", "=", "a=b", "*", "*a", "?", "? a", "!", "!a", "@a", "~", "~root",
	"/*", "*/", "//", "<!--", "-->", "]]>", "</script>", "yes", "null", "1.10", "0x1f", "on;", "return 200;", "include /etc/passwd;",
	"[Service]", "ExecStart=/bin/sh", "Description=x", "a\\\nExecStart=/bin/sh", "first\nsecond\n\nthird",
	"a\xffb", "\xc3", "\xed\xa0\x80",
	strings.Repeat("long ", 500), strings.Repeat(`"\`, 700), strings.Repeat("x", 4094), strings.Repeat("x", 4095), strings.Repeat(`\`, 3000), strings.Repeat("é", 8000),
}

// quoted is a hostile string that a quoter took.
type quoted struct{ given, written string }

// written returns what the quoter makes of the hostile strings; those of which
// refused says so must be refused, and no others.
func written(t *testing.T, quote func(string) (string, error), refused func(string) bool) []quoted {
	t.Helper()
	var all []quoted
	for _, s := range hostile {
		text, err := quote(s)
		switch {
		case refused(s) && err == nil:
			t.Errorf("%.60q is not refused: %.60s", s, text)
		case !refused(s) && err != nil:
			t.Errorf("%.60q is refused: %v", s, err)
		case err != nil && len(err.Error()) > 5*len(s)+200:
			t.Errorf("%.60q: the message has %d bytes", s, len(err.Error()))
		case err == nil:
			all = append(all, quoted{s, text})
		}
	}
	if len(all) < 60 {
		t.Fatalf("only %d strings are left to read", len(all))
	}
	return all
}

func never(string) bool { return false }

func notUTF8(s string) bool { return !utf8.ValidString(s) }

func control(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// compare says where the values read are not those given.
func compare(t *testing.T, all []quoted, read []string) {
	t.Helper()
	if len(read) != len(all) {
		t.Fatalf("%d values were written and %d read", len(all), len(read))
	}
	for i, q := range all {
		if read[i] != q.given {
			t.Errorf("given %.60q, written %.60s, read %.60q", q.given, q.written, read[i])
		}
	}
}

// skip ends a test whose reader is not installed: with a failure where all of
// them have to be.
func skip(t *testing.T, format string, args ...any) {
	t.Helper()
	if inCI {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// tool returns the path of a program, or skips.
func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	skip(t, "%s is not installed, so nothing can read what is written for it", names[0])
	return ""
}

func TestGoString(t *testing.T) {
	all := written(t, func(s string) (string, error) { return strconv.Quote(s), nil }, never)
	var read []string
	for _, q := range all {
		expr, err := parser.ParseExpr(q.written)
		lit, ok := expr.(*ast.BasicLit)
		if err != nil || !ok {
			t.Fatalf("%s is %T, %v", q.written, expr, err)
		}
		value, err := strconv.Unquote(q.written)
		if parsed := constant.StringVal(constant.MakeFromLiteral(lit.Value, lit.Kind, 0)); err != nil || parsed != value {
			t.Errorf("%s is %q to one reader and %q to another, %v", q.written, value, parsed, err)
		}
		read = append(read, value)
	}
	compare(t, all, read)
}

func TestJSONString(t *testing.T) {
	all := written(t, jsonString, notUTF8)
	var read []string
	for _, q := range all {
		var value string
		if err := json.Unmarshal([]byte(q.written), &value); err != nil {
			t.Errorf("%s: %v", q.written, err)
		}
		if strings.Contains(q.written, "\n") || strings.ContainsAny(q.given, "<>&") && strings.Contains(q.written, `\u003c`) {
			t.Errorf("%q is written as %s", q.given, q.written)
		}
		read = append(read, value)
	}
	compare(t, all, read)
}

func TestPythonString(t *testing.T) {
	all := written(t, pythonString, notUTF8)
	var literals []string
	for _, q := range all {
		literals = append(literals, q.written)
	}
	cmd := exec.Command(tool(t, "python3"), "-c", "import ast, json, sys; json.dump(ast.literal_eval(sys.stdin.buffer.read().decode()), sys.stdout)")
	cmd.Stdin = strings.NewReader("[" + strings.Join(literals, ",\n") + "]")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	compare(t, all, read)
}

func TestYAMLString(t *testing.T) {
	all := written(t, yamlString, notUTF8)
	var list bytes.Buffer
	for _, q := range all {
		fmt.Fprintf(&list, "- %s\n", q.written)
	}
	t.Run("go-yaml", func(t *testing.T) {
		var read []string
		if err := yaml.Unmarshal(list.Bytes(), &read); err != nil {
			t.Fatal(err)
		}
		compare(t, all, read)
	})
	t.Run("PyYAML", func(t *testing.T) {
		python := tool(t, "python3")
		if exec.Command(python, "-c", "import yaml").Run() != nil {
			skip(t, "python3 has no yaml, so there is no second reader")
		}
		cmd := exec.Command(python, "-c", "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)")
		cmd.Stdin = &list
		out, err := cmd.Output()
		if err != nil {
			var exit *exec.ExitError
			errors.As(err, &exit)
			t.Fatalf("%v\n%s", err, exit.Stderr)
		}
		var read []string
		if err := json.Unmarshal(out, &read); err != nil {
			t.Fatal(err)
		}
		compare(t, all, read)
	})
}

func TestShWord(t *testing.T) {
	all := written(t, shWord, func(s string) bool { return strings.Contains(s, "\x00") })
	script := "printf '%s\\0'"
	for _, q := range all {
		script += " " + q.written
	}
	for _, name := range []string{"sh", "bash", "dash"} {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err != nil && name != "sh" {
				t.Skipf("%s is not installed", name)
			} else if err != nil {
				skip(t, "there is no sh to read the words")
			}
			cmd := exec.Command(path)
			cmd.Stdin = strings.NewReader(script)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			compare(t, all, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"))
		})
	}
}

// nginx answers each value as the body of a location of its own.
func TestNginxString(t *testing.T) {
	all := written(t, nginxString, func(s string) bool {
		return strings.Contains(s, "$") || control(s) || len(s)+strings.Count(s, `"`)+strings.Count(s, `\`) > 4094
	})
	nginx := tool(t, "nginx", "/usr/sbin/nginx")
	dir, err := os.MkdirTemp("", "nginx") // a short path: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	var conf strings.Builder
	fmt.Fprintf(&conf, "daemon off;\nmaster_process off;\npid %s/pid;\nerror_log %s/errors;\nevents {}\nhttp {\n\taccess_log off;\n", dir, dir)
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&conf, "\t%s_temp_path %s/%s;\n", temp, dir, temp)
	}
	fmt.Fprintf(&conf, "\tserver {\n\t\tlisten unix:%s/s;\n", dir)
	for i, q := range all {
		fmt.Fprintf(&conf, "\t\tlocation = /%d { return 200 %s; }\n", i, q.written)
	}
	conf.WriteString("\t}\n}\n")
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(nginx, "-t", "-e", dir+"/errors", "-c", file).CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	server := exec.CommandContext(ctx, nginx, "-e", dir+"/errors", "-c", file)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stop(); server.Wait() }()

	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialWhenThere(ctx, filepath.Join(dir, "s"))
	}}}
	defer client.CloseIdleConnections()
	var read []string
	for i := range all {
		response, err := client.Get(fmt.Sprintf("http://nginx/%d", i))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%s: %s, %v", all[i].written, response.Status, err)
		}
		read = append(read, string(body))
	}
	compare(t, all, read)
}

func dialWhenThere(ctx context.Context, socket string) (net.Conn, error) {
	for {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", socket)
		if err == nil || ctx.Err() != nil {
			return conn, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// nginx itself would refuse what is longer than the quoter takes.
func TestNginxLimit(t *testing.T) {
	nginx := tool(t, "nginx", "/usr/sbin/nginx")
	file := filepath.Join(t.TempDir(), "nginx.conf")
	for length, want := range map[int]string{maxNginx: `invalid value`, maxNginx + 1: "too long parameter"} {
		value := `"` + strings.Repeat("x", length) + `"`
		if err := os.WriteFile(file, []byte("daemon "+value+";\nevents {}\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(nginx, "-t", "-c", file).CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("%d bytes: %.200s, want %q", length, out, want)
		}
	}
}

// systemd's own parser reads each value as a unit's description and prints it.
func TestSystemdValue(t *testing.T) {
	all := written(t, systemdValue, func(s string) bool {
		return notUTF8(s) || control(oneLine(s)) || strings.ContainsAny(s, "\ufffe\U0010ffff")
	})
	dir, err := os.MkdirTemp("", "units")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // it may be read as another user
		t.Fatal(err)
	}
	wants := "[Unit]\nDefaultDependencies=no\nDescription=all\n"
	for i, q := range all {
		name := fmt.Sprintf("u%d.service", i)
		unit := "[Unit]\nDescription=" + q.written + "\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/true\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(unit), 0o644); err != nil {
			t.Fatal(err)
		}
		wants += "Wants=" + name + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "all.target"), []byte(wants), 0o644); err != nil {
		t.Fatal(err)
	}
	dump := systemd(t, dir, "all.target")
	for _, complaint := range []string{"Missing '='", "Unknown key", "Unknown section", "ignoring line", "Assignment outside", "not UTF-8", "ignoring:"} {
		for line := range strings.SplitSeq(dump, "\n") {
			if strings.Contains(line, complaint) && strings.Contains(line, dir) {
				t.Error(line)
			}
		}
	}
	if !strings.Contains(dump, "-> Unit all.target:") {
		skip(t, "systemd reads no units here:\n%.500s", dump)
	}
	for i, q := range all {
		name := fmt.Sprintf("u%d.service", i)
		want := "-> Unit " + name + ":\n\t\tDescription: " + oneLine(q.given) + "\n"
		if oneLine(q.given) == "" {
			want = "-> Unit " + name + ":\n\t\tDescription: " + name + "\n" // none
		}
		if !strings.Contains(dump, want) {
			_, got, _ := strings.Cut(dump, "-> Unit "+name+":\n")
			got, _, _ = strings.Cut(got, "\n")
			t.Errorf("given %.60q, written %.60q, read %.80q", q.given, q.written, got)
		}
	}
}

// oneLine is what the quoter promises: the words of the text, one space apart.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// systemd returns what it says of units, and of the files in dir in particular.
func systemd(t *testing.T, dir, unit string) string {
	t.Helper()
	args := []string{tool(t, "/lib/systemd/systemd", "/usr/lib/systemd/systemd"), "--test", "--system", "--unit=" + unit, "--no-pager"}
	if os.Getuid() == 0 { // it does not run its test as root
		args = append([]string{tool(t, "setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"}, args...)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/", "SYSTEMD_UNIT_PATH=" + dir, "SYSTEMD_LOG_LEVEL=info", "SYSTEMD_LOG_TARGET=console"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("systemd --test: %v", err) // its units are what counts
	}
	return string(out)
}

// The reader finds what is wrong: a value that continues its line swallows the
// next one, and systemd is seen to do so. A space after the backslash helps.
func TestSystemdContinuation(t *testing.T) {
	dir, err := os.MkdirTemp("", "units")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{`a\`: "a Documentation=man:x", `a\ `: `a\`, `a\\ `: `a\\`} {
		unit := "[Unit]\nDescription=" + value + "\nDocumentation=man:x\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/true\n"
		if err := os.WriteFile(filepath.Join(dir, "u.service"), []byte(unit), 0o644); err != nil {
			t.Fatal(err)
		}
		dump := systemd(t, dir, "u.service")
		if !strings.Contains(dump, "-> Unit u.service:") {
			skip(t, "systemd reads no units here:\n%.500s", dump)
		}
		if !strings.Contains(dump, "Description: "+want+"\n") {
			_, got, _ := strings.Cut(dump, "-> Unit u.service:\n")
			t.Errorf("%q is read as %.80q, want %q", value, got, want)
		}
	}
}

// What is escaped is punctuation, which CommonMark reads as itself after a
// backslash (section 2.4). Each row is what would be markup without.
func TestMarkdownText(t *testing.T) {
	tests := []struct{ what, given, want string }{
		{"plain words", "A web app in Go.", "A web app in Go."},
		{"letters, quotes and stops are nobody's", `größe "x" 'y' (z): a, b; c? d/e @f %g $h ^i`, `größe "x" 'y' (z): a, b; c? d/e @f %g $h ^i`},
		// Blocks, which begin a line.
		{"heading", "# a", `\# a`},
		{"heading below a line", "a\n===", "a\n\\=\\=\\="},
		{"heading below a line, or a rule", "a\n---", "a\n\\-\\-\\-"},
		{"rule", "***", `\*\*\*`},
		{"rule of underscores", "___", `\_\_\_`},
		{"quotation", "> a", `\> a`},
		{"item", "- a", `\- a`},
		{"item", "+ a", `\+ a`},
		{"item", "* a", `\* a`},
		{"numbered item", "1. a", `1\. a`},
		{"numbered item", "2) a", `2\) a`},
		{"numbered item of a later line", "a\n10. b", "a\n10\\. b"},
		{"an empty numbered item", "1.", `1\.`},
		{"a number in a sentence", "In 1984. And 2)", "In 1984. And 2)"},
		{"a number and no more", "42", "42"},
		{"code by indentation", "    a", "a"},
		{"code by a tab", "\ta", "a"},
		{"code by indentation after a blank line", "a\n\n    b", "a\n\nb"},
		{"fence", "```\na\n```", "\\`\\`\\`\na\n\\`\\`\\`"},
		{"fence", "~~~", `\~\~\~`},
		{"table", "a | b\n--|--", "a \\| b\n\\-\\-\\|\\-\\-"},
		{"raw block", "<script>", `\<script\>`},
		{"definition of a link", "[a]: http://x", `\[a\]: http://x`},
		{"item of a task list", "[ ] a", `\[ \] a`},
		// Other line ends begin a line too.
		{"after a lone carriage return", "a\r1. b", "a\n1\\. b"},
		{"after Windows' line end", "a\r\n    b", "a\nb"},
		// Inlines.
		{"emphasis", "*a* _b_ **c** __d__", `\*a\* \_b\_ \*\*c\*\* \_\_d\_\_`},
		{"code", "`a`", "\\`a\\`"},
		{"struck out", "~~a~~", `\~\~a\~\~`},
		{"link", "[a](http://x)", `\[a\](http://x)`},
		{"image", "![a](b)", `\!\[a\](b)`},
		{"link in angles", "<http://x>", `\<http://x\>`},
		{"tag", "<b onclick=x>", `\<b onclick\=x\>`},
		{"comment", "<!-- a -->", `\<\!\-\- a \-\-\>`},
		{"entity", "&lt; &#35;", `\&lt; \&\#35;`},
		{"backslash", `a\b \* \\`, `a\\b \\\* \\\\`},
		{"break by spaces", "a  \nb", "a\nb"},
		{"break by a backslash", "a\\\nb", "a\\\\\nb"},
		{"template", "{{ .x }}", `\{\{ .x \}\}`},
	}
	for _, tt := range tests {
		if got := markdownText(tt.given); got != tt.want {
			t.Errorf("%s: %q is written %q, want %q", tt.what, tt.given, got, tt.want)
		}
	}
}

// Without its escapes the text is what was given, but for space at line ends;
// and nothing that could be markup stands without one.
func TestMarkdownLaw(t *testing.T) {
	for _, s := range hostile {
		if !utf8.ValidString(s) {
			continue // it becomes U+FFFD here, as in every reader of Markdown
		}
		text := markdownText(s)
		var plain strings.Builder
		for i := 0; i < len(text); i++ {
			c := text[i]
			if c == '\\' && i+1 < len(text) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", text[i+1]) >= 0 {
				i++
				c = text[i]
			} else if strings.IndexByte("\\`*_{}[]<>#+-!|~&=", c) >= 0 {
				t.Errorf("%q is written %q: byte %d is not escaped", s, text, i)
			}
			plain.WriteByte(c)
		}
		want := strings.Split(lineEnds.Replace(s), "\n")
		for i, line := range want {
			want[i] = strings.TrimSpace(line)
		}
		if plain.String() != strings.Join(want, "\n") {
			t.Errorf("%q reads as %q", s, plain.String())
		}
	}
}

func FuzzQuoters(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text, err := jsonString(s); err == nil {
			var value string
			if err := json.Unmarshal([]byte(text), &value); err != nil || value != s {
				t.Errorf("JSON: %q is written %s and read %q, %v", s, text, value, err)
			}
		}
		if text, err := yamlString(s); err == nil {
			var value string
			if err := yaml.Unmarshal([]byte(text), &value); err != nil || value != s {
				t.Errorf("YAML: %q is written %s and read %q, %v", s, text, value, err)
			}
		}
		for name, quote := range map[string]func(string) (string, error){"nginx": nginxString, "systemd": systemdValue} {
			if text, err := quote(s); err == nil && control(text) {
				t.Errorf("%s: %q is written %q, in two lines or worse", name, s, text)
			}
		}
		markdownText(s)
	})
}

// A pattern of text matches that text and no other.
func TestRegexpText(t *testing.T) {
	all := written(t, regexpText, notUTF8)
	t.Run("Go", func(t *testing.T) {
		for _, q := range all {
			pattern, err := regexp.Compile("^" + q.written + `\z`)
			if err != nil {
				t.Errorf("%.60q: %v", q.given, err)
				continue
			}
			for _, other := range all {
				if pattern.MatchString(other.given) != (other == q) {
					t.Errorf("%.60s matches %.60q: %v", q.written, other.given, other != q)
				}
			}
		}
	})
	t.Run("Python", func(t *testing.T) {
		pairs := make([][2]string, len(all))
		for i, q := range all {
			pairs[i] = [2]string{q.written, q.given}
		}
		list, err := json.Marshal(pairs)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tool(t, "python3"), "-c", `
import json, re, sys
pairs = json.load(sys.stdin)
for pattern, given in pairs:
    read = [s for _, s in pairs if re.fullmatch(pattern, s)]
    if read != [given]:
        print(f"given {given!r:.60}, written {pattern:.60}, read {read!r:.60}")
`)
		cmd.Stdin = bytes.NewReader(list)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
