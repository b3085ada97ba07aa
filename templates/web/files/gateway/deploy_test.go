package gateway

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadSetting(t *testing.T) {
	for _, tt := range []struct{ line, name, value, err string }{
		{"", "", "", ""},
		{"# a comment = a comment", "", "", ""},
		{"#", "", "", ""},
		{"A=b", "A", "b", ""},
		{"A=", "A", "", ""},
		{"A = b c ", "A", "b c ", ""}, // who calls has trimmed the line
		{"A=$HOME & `b` %i #c; d=e", "A", "$HOME & `b` %i #c; d=e", ""},
		{`A=it's "so"`, "A", `it's "so"`, ""},
		{"A=grüße, 世界", "A", "grüße, 世界", ""},
		{"A=b\tc", "A", "b\tc", ""},
		{`A=' b '`, "A", " b ", ""},
		{`A='C:\new "x" $y'`, "A", `C:\new "x" $y`, ""},
		{`A="it's C:\\ \"x\" \$y"`, "A", `it's C:\ "x" $y`, ""},
		{"A=''", "A", "", ""},

		{`A=C:\new`, "", "", `NAME='value'`},
		{`A="C:\new"`, "", "", `NAME='value'`},
		{`A='b`, "", "", `NAME='value'`},
		{`A="b" c`, "", "", `NAME='value'`},
		{`A='b'c`, "", "", `NAME='value'`},
		{`# the folder is C:\`, "", "", `reads a \`},
		{"export A=b", "", "", "NAME=value"},
		{"; A=b", "", "", "# before a comment"},
		{"A", "", "", "NAME=value"},
		{"A-B=c", "", "", "NAME=value"},
		{"1A=b", "", "", "NAME=value"},
		{"=b", "", "", "NAME=value"},
		{"A=b\rB=c", "", "", "character"},
		{"A=\x00", "", "", "character"},
		{"A=\xff", "", "", "UTF-8"},
		{"A=\ufffe", "", "", "UTF-8"},
	} {
		name, value, err := readSetting(tt.line)
		if name != tt.name || value != tt.value || (err != nil) != (tt.err != "") {
			t.Errorf("%q: %q %q %v", tt.line, name, value, err)
		}
		if tt.err != "" {
			wantWords(t, err, tt.err)
		}
	}
}

// installed is a deployment in a folder of the test's own, with the files given.
func installed(t *testing.T, files map[string]string) *Deployment {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw") // short, as a socket's path has to be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &Deployment{program: dir + "/opt/hello", folder: dir + "/units", socket: dir + "/run/hello.sock"}
	for name, text := range files {
		file := filepath.Join(dir, name)
		_ = os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environ := os.Environ()
	t.Cleanup(func() { // what ReadSettings put there
		os.Clearenv()
		for _, pair := range environ {
			name, value, _ := strings.Cut(pair, "=")
			os.Setenv(name, value)
		}
	})
	return d
}

// readFor reads the settings of a program that has the gateway's flags.
func readFor(d *Deployment, args []string, environ ...string) (Options, Settings, error) {
	var o Options
	flags := flag.NewFlagSet("hello", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	o.Flags(flags)
	flags.Bool("preflight", false, "")
	flags.Bool("version", false, "")
	s, err := d.ReadSettings(flags, args, environ)
	return o, s, err
}

// The environment counts before the file, the file before the secrets, the last
// of two lines, and the arguments before them all.
func TestReadSettings(t *testing.T) {
	d := installed(t, map[string]string{
		"opt/hello.env":     "\ufeff# from Windows\r\nAPP_MOUNT=/file\r\nAPP_TRANSPORT=fcgi\r\nAPP_BODY_LIMIT=1\r\n  APP_BODY_LIMIT = 2 \r\nTEST_ONLY=file",
		"opt/hello.secrets": "APP_TRANSPORT=scgi\nTEST_KEY='a b'\n",
	})
	o, s, err := readFor(d, []string{"-body-limit=3"}, "APP_MOUNT=/environment", "EMPTY=", "ODD")
	want := Settings{"APP_MOUNT": "/environment", "APP_TRANSPORT": "fcgi", "APP_BODY_LIMIT": "2", "TEST_ONLY": "file", "TEST_KEY": "a b", "EMPTY": "", "ODD": ""}
	if err != nil || !maps.Equal(s, want) {
		t.Errorf("error %v, settings\n%v, want\n%v", err, s, want)
	}
	if o.Mount != "/environment" || o.Transport != "fcgi" || o.BodyLimit != 3 {
		t.Errorf("options %+v", o)
	}
	if os.Getenv("TEST_ONLY") != "file" || os.Getenv("TEST_KEY") != "" {
		t.Errorf("the environment has %q and %q", os.Getenv("TEST_ONLY"), os.Getenv("TEST_KEY"))
	}
}

// By CGI a client's header comes as a variable, and is no setting.
func TestReadSettingsOfNoClient(t *testing.T) {
	d := installed(t, map[string]string{"opt/hello.secrets": "HTTP_TOKEN=secret\n"})
	_, s, err := readFor(d, nil, "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "HTTP_TOKEN=forged", "HTTP_HOST=h")
	if err != nil || s["HTTP_TOKEN"] != "secret" || s["HTTP_HOST"] != "" {
		t.Errorf("error %v, settings %v", err, s)
	}
	if _, s, _ = readFor(d, nil, "HTTP_TOKEN=of the environment"); s["HTTP_TOKEN"] != "of the environment" {
		t.Errorf("without a request: settings %v", s)
	}
}

func TestReadSettingsWhere(t *testing.T) {
	d := installed(t, map[string]string{
		"etc/x.env": "A=b\n", "etc/x.secrets": "KEY=beside\n", "handed/x.secrets": "KEY=handed\n",
	})
	dir := filepath.Dir(filepath.Dir(d.program))
	_ = os.Chmod(dir+"/handed/x.secrets", 0o644) // whoever hands it over is in charge
	for _, tt := range []struct{ args, environ, key, err string }{
		{"", "", "", ""}, // neither is there
		{"-env " + dir + "/etc/x.env", "", "beside", ""},
		{"-env " + dir + "/etc/x.env", "CREDENTIALS_DIRECTORY=" + dir + "/handed", "handed", ""},
		{"-env " + dir + "/etc/x.env", "CREDENTIALS_DIRECTORY=" + dir, "beside", ""},
		{"", "APP_ENV=" + dir + "/etc/x.env", "", ""}, // which means something else to many
		{"-env " + dir + "/none.env", "", "", dir + "/none.env; no such file"},
	} {
		_, s, err := readFor(d, strings.Fields(tt.args), tt.environ)
		if s["KEY"] != tt.key {
			t.Errorf("%s %s: KEY is %q", tt.args, tt.environ, s["KEY"])
		}
		if tt.err != "" {
			wantWords(t, err, tt.err)
		} else if err != nil {
			t.Error(err)
		}
	}
}

// All that is wrong is said at once, with its place.
func TestReadSettingsRefuses(t *testing.T) {
	d := installed(t, map[string]string{
		"opt/hello.env":     "APP_LISTN=tcp::80\nexport A=b\n\nAPP_ONCE=maybe\nKEY=a\\b\n",
		"opt/hello.secrets": "KEY=c\n",
	})
	_ = os.Chmod(d.program+".secrets", 0o604)
	t.Cleanup(func() { os.Unsetenv("APP_LISTN"); os.Unsetenv("APP_ONCE") })
	_, _, err := readFor(d, nil, "APP_BODYLIMIT=5")
	wantWords(t, err, "hello.env:2: ; hello.env:5: ; APP_LISTN: no such setting; did you mean APP_LISTEN?; did you mean APP_BODY_LIMIT?; variable APP_ONCE; hello.secrets: others may read it; chmod 600")
	if strings.Contains(err.Error(), `a\b`) {
		t.Errorf("a value, which may be secret, is in the error: %v", err)
	}
}

func TestCheckNames(t *testing.T) {
	for name, meant := range map[string]string{
		"APP_LISTN": "APP_LISTEN", "APP_LISTNE": "APP_LISTEN", "APPLISTEN": "APP_LISTEN", "APP_listen": "APP_LISTEN", "APP_MUONT": "APP_MOUNT",
		"APP_BODYLIMIT": "APP_BODY_LIMIT", "APP_LOG_LEVL": "APP_LOG_LEVEL", "APP_TRUSTED_PROXY": "APP_TRUSTED_PROXIES", "APP_SHUTDOWN_TIME": "APP_SHUTDOWN_TIMEOUT",
		"APP_LISTEN": "", "APP_VERSION": "", "APP_ENV": "", "APP_NAME": "", "APP_KEY": "", "APP_DEBUG": "", "APP_URL": "", "APP_PORT": "", "APP_HOST": "",
		"APP_SECRET": "", "APP_ROOT": "", "APPDATA": "", "WP_LISTEN": "", "PORT": "", "APP_LOG_CHANNEL": "", "APP_LOG_FILE": "", "APP_MODE": "",
	} {
		_, _, err := readFor(installed(t, nil), nil, name+"=")
		if meant == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if meant != "" {
			wantWords(t, err, "variable "+name+": no such setting; did you mean "+meant+"?")
		}
	}
}

// systemdReads has systemd's own reader of EnvironmentFile= read files, and drops
// what systemd drops of it.
const systemdReads = `
import ctypes, glob, json, sys
lib = ctypes.CDLL(glob.glob("/usr/lib/*/systemd/libsystemd-shared-*.so")[0])
lib.strv_env_clean_with_callback.restype = ctypes.POINTER(ctypes.c_char_p)
answers = []
for name in sys.argv[1:]:
    pairs = ctypes.POINTER(ctypes.c_char_p)()
    if lib.load_env_file(None, name.encode(), ctypes.byref(pairs)) < 0:
        answers.append(None)
        continue
    lib.strv_env_clean_with_callback(pairs, None, None)
    said, i = {}, 0
    while pairs and pairs[i]:
        key, _, value = pairs[i].decode().partition("=")
        said[key], i = value, i + 1
    answers.append(said)
json.dump(answers, sys.stdout)
`

// Whatever is not refused means the same to systemd, or there is nothing of it
// (after a byte order mark, and as no value) and the program reads it itself.
func TestSystemdReadsTheSame(t *testing.T) {
	python, err := exec.LookPath("python3")
	libraries, _ := filepath.Glob("/usr/lib/*/systemd/libsystemd-shared-*.so")
	if err != nil || libraries == nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 and systemd are not installed, and nothing is skipped here")
		}
		t.Skip("needs python3 and systemd")
	}
	r := rand.New(rand.NewPCG(2006, 11))
	parts := []string{" ", "\t", "$", "&", "'", `"`, `\`, "%", "#", ";", "ü", "世", "=", "`", "a", "B", "$HOME", "\r", "\x00", "\x7f", "\u0085", "\u2028", "\xff", "\ufffe", `\\`, `\"`, "''"}
	word := func() (s string) {
		for range r.IntN(7) {
			s += parts[r.IntN(len(parts))]
		}
		return s
	}
	dir := t.TempDir()
	var files []string
	var ours []Settings
	for i := range 2000 {
		text := []string{"", "\ufeff"}[r.IntN(2)]
		for j, n := 0, 1+r.IntN(3); len(files) == i && j < 60 && n > 0; j++ { // lines that are not refused
			line := []string{"", " ", "#", "export "}[r.IntN(40)/10*r.IntN(2)] + fmt.Sprintf("K%d", r.IntN(3)) + []string{"=", " = "}[r.IntN(2)]
			quote := []string{"", "", "'", `"`}[r.IntN(4)]
			line += quote + word() + quote
			if _, _, err := readSetting(strings.Trim(line, " \t\r\n")); err == nil {
				text += line + []string{"\n", "\r\n"}[r.IntN(2)]
				n--
			}
		}
		file := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := Settings{}
		if err := s.read(file, false); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		files, ours = append(files, file), append(ours, s)
	}
	out, ran := exec.Command(python, append([]string{"-c", systemdReads}, files...)...).Output()
	var theirs []map[string]string
	if err := json.Unmarshal(out, &theirs); err != nil || len(theirs) != len(files) {
		t.Fatalf("%v, %v, %d files: %s", ran, err, len(theirs), out)
	}
	quoted, lacking := 0, 0
	for i, want := range theirs {
		text, _ := os.ReadFile(files[i])
		marked := strings.HasPrefix(string(text), "\ufeff")
		if want == nil && !marked {
			t.Errorf("%q: systemd reads nothing of it", text)
		}
		for name, value := range want {
			if got, ok := ours[i][name]; !ok || got != value {
				t.Errorf("%q: %s is %q to systemd and %q to us", text, name, value, got)
			}
			if strings.ContainsAny(value, `\'"`) {
				quoted++
			}
		}
		for _, name := range slices.Sorted(maps.Keys(ours[i])) {
			if _, ok := want[name]; !ok {
				if lacking++; !marked {
					t.Errorf("%q: %s is not there for systemd", text, name)
				}
			}
		}
	}
	t.Logf("%d values had a backslash or a quote, %d were lost with a byte order mark", quoted, lacking)
	if quoted < 300 {
		t.Errorf("only %d values had a backslash or a quote", quoted)
	}
}
