package gateway

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Deployment is what the program is installed with.
type Deployment struct {
	program string // its path; its launchers and settings are beside it: program + ".env"
	folder  string // of its systemd units, which are called as the program is
	socket  string // where web servers look for the app
	envFile string // that was read
	faults  []error
}

// Installed returns the deployment of a program of that name, which lies where this
// executable does.
func Installed(name string) *Deployment {
	executable, _ := os.Executable()
	return &Deployment{program: filepath.Join(filepath.Dir(executable), name), folder: "/etc/systemd/system", socket: "/run/" + name + "/" + name + ".sock"}
}

// Preflight looks for whatever would keep the installed app from starting as it
// would be started, or web servers from reaching it: by systemd if there are units,
// else by whoever runs a launcher if there is one and nothing says where to listen,
// else by hand. Nil means that nothing was found. Nothing stays changed.
func (d *Deployment) Preflight(o Options, transports ...Transport) error {
	d.faults = nil
	started := detectLaunch(os.Getenv)
	for _, kind := range []string{".cgi", ".fcgi"} {
		launcher := d.program + kind
		text, err := os.ReadFile(launcher)
		if err != nil || runtime.GOOS == "windows" {
			continue
		}
		started.cgi, started.stdin = kind == ".cgi", kind == ".fcgi"
		d.fault(modeOf(launcher)&0o111 == 0, "%s: nobody may execute it; chmod 755 it", launcher)
		d.fault(bytes.Contains(text, []byte("\r\n")), "%s: its lines end with CR LF, so that no shell is found for it; sed -i 's/\\r$//' it", launcher)
	}
	d.fault(modeOf(d.envFile)&0o002 != 0, "%s: others may write to it; chmod 644 it", d.envFile)
	units, others := d.units(), fs.FileMode(0o011)
	if units["DynamicUser"] == "yes" {
		others = 0o001 // because that user is in no group
	}
	closed := closedTo(d.program, others)
	d.fault(closed != "" && (units != nil || os.Geteuid() == 0), "%s: the app's user may not enter or execute it; chmod 755 it", closed)
	if units != nil {
		d.checkService(units, o.filled())
		d.checkSocket(units)
		started, o.Listen = launch{uid: -1, listenFDs: 1}, ""
	}
	d.checkSnippets(strings.TrimSuffix(o.Mount, "/"))
	return errors.Join(append(d.faults, preflight(o, started, transports))...)
}

func (d *Deployment) fault(found bool, format string, args ...any) {
	if found {
		d.faults = append(d.faults, fmt.Errorf(format, args...))
	}
}

// lists are settings of units that count together if they are said twice.
var lists = []string{"Environment", "EnvironmentFile", "ListenStream"}

// units returns the last value of each setting in the service, the socket, and
// their drop-ins, but all where there may be several; nil if there is no service.
func (d *Deployment) units() map[string]string {
	said := map[string]string{}
	for _, kind := range []string{".service", ".service.d/*.conf", ".socket", ".socket.d/*.conf"} {
		files, _ := filepath.Glob(filepath.Join(d.folder, filepath.Base(d.program)+kind))
		if kind == ".service" && files == nil {
			return nil
		}
		for _, file := range files {
			text, _ := os.ReadFile(file)
			for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
				name, value, _ := strings.Cut(line, "=")
				name, value = strings.TrimSpace(name), strings.TrimSpace(value)
				if slices.Contains(lists, name) && value != "" {
					value = said[name] + " " + value
				}
				said[name] = value
			}
		}
	}
	return said
}

func (d *Deployment) checkService(units map[string]string, o Options) {
	unit := filepath.Base(d.program) + ".service"
	program, _, _ := strings.Cut(strings.TrimLeft(units["ExecStart"], "@-:+!"), " ")
	d.fault(!same(program, d.program), "%s: ExecStart=%s, and this is %s; name it there", unit, program, d.program)
	files := strings.Fields(units["EnvironmentFile"])
	read := slices.ContainsFunc(files, func(file string) bool {
		file = strings.TrimPrefix(file, "-")
		return file == d.envFile || same(file, d.envFile)
	})
	d.fault(files != nil && !read, "%s: EnvironmentFile=%s, and the program reads %s; name it there", unit, strings.Join(files, " "), d.envFile)
	span := strings.NewReplacer(" ", "", "min", "m", "sec", "s").Replace(units["TimeoutStopSec"])
	if _, err := strconv.Atoi(span); err == nil {
		span += "s"
	}
	timeout, err := time.ParseDuration(span)
	d.fault(err == nil && timeout < o.ShutdownTimeout, "%s: TimeoutStopSec=%s, and requests in flight may take %s (shutdown-timeout); they would be cut", unit, span, o.ShutdownTimeout)
	d.fault(o.Listen != "", "listen %s: the app would not serve the socket that systemd hands over; say no -listen", o.Listen)
}

func (d *Deployment) checkSocket(units map[string]string) {
	name, group, paths := filepath.Base(d.program), units["SocketGroup"], strings.Fields(units["ListenStream"])
	there := slices.ContainsFunc(paths, func(path string) bool { return strings.HasSuffix(path, d.socket) }) // HAProxy has it in its own root
	d.fault(!there, "%s.socket: ListenStream=%s, and web servers look for %s", name, strings.Join(paths, " "), d.socket)
	_, err := user.LookupGroup(group)
	d.fault(group != "" && err != nil, "%s.socket: SocketGroup=%s: no such group; name the web server's", name, group)
	mode, err := strconv.ParseUint(cmp.Or(units["SocketMode"], "0666"), 8, 32)
	open := mode&0o002 != 0 || mode&0o020 != 0 && group != "" || units["SocketUser"] != ""
	d.fault(err == nil && !open, "%s.socket: SocketMode=%s, SocketGroup=%s: web servers may not connect; say 0660 and their group", name, units["SocketMode"], group)
	loaded, _ := exec.Command("systemctl", "show", "--property=ActiveState,NeedDaemonReload", name+".socket", name+".service").Output()
	d.fault(bytes.Contains(loaded, []byte("NeedDaemonReload=yes")), "%s.service, %[1]s.socket: systemd has not read what they say now; systemctl daemon-reload", name)
	socket, _, _ := bytes.Cut(loaded, []byte("\n\n"))
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			continue // is TCP's
		}
		folder := filepath.Dir(path)
		closed := closedTo(folder, 0o011)
		d.fault(closed != "", "%s: web servers may not enter it; chmod 755 it", closed)
		d.fault(bytes.Contains(socket, []byte("ActiveState=inactive")) && hasListener(path), "%s.socket: another program listens at %s; stop it", name, path)
		if modeOf(folder) == 0 || os.Geteuid() != 0 {
			continue // systemd makes the folder, as root
		}
		l, unlink, err := listenUnix(path, true)
		if err == nil {
			unlink()
			err = l.Close()
		}
		d.fault(err != nil, "%s.socket: ListenStream=%s: %w; systemd could not listen there", name, path, err)
	}
}

// same reports whether two paths lead to one file.
func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// checkSnippets looks whether the web servers' snippets, where make install puts them,
// lead to the mount.
func (d *Deployment) checkSnippets(mount string) {
	leads := regexp.MustCompile(`(?m)^[^#\n]*` + regexp.QuoteMeta(mount) + `(["/\s{;]|$)`)
	for _, place := range []string{
		"nginx/conf.d/%s.conf", "nginx/snippets/%s.conf", "apache2/sites-available/%s.conf", "apache2/conf-available/%s.conf",
		"lighttpd/conf-enabled/50-%s.conf", "caddy/%s.caddy", "haproxy/conf.d/%s.cfg",
	} {
		file := filepath.Join(d.folder, "../..", fmt.Sprintf(place, filepath.Base(d.program)))
		text, err := os.ReadFile(file)
		d.fault(err == nil && !leads.Match(text), "%s: nothing there leads to the mount, %s; make both the same", file, mount)
	}
}

// argumentsOf returns what systemd starts the program with, but nothing where it fills
// in what is not known here.
func argumentsOf(units map[string]string) []string {
	words := splitUnquoted(units["ExecStart"])
	if len(words) == 0 || strings.ContainsAny(units["ExecStart"], "$%") {
		return nil
	}
	return words[1:]
}

// splitUnquoted splits assignments as systemd does (systemd.exec(5), Environment=).
func splitUnquoted(text string) (words []string) {
	for _, word := range regexp.MustCompile(`("[^"]*"|'[^']*'|[^\s"'])+`).FindAllString(text, -1) {
		words = append(words, strings.NewReplacer(`"`, "", "'", "").Replace(word))
	}
	return words
}

// modeOf returns the permissions of a file, 0 if it is not there or the system has
// none.
func modeOf(file string) fs.FileMode {
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS == "windows" {
		return 0
	}
	return info.Mode().Perm()
}

// closedTo returns path, or the folder above it, whose mode has none of bits; ""
// if all have.
func closedTo(path string, bits fs.FileMode) string {
	if _, err := os.Stat(path); err == nil && modeOf(path)&bits == 0 {
		return path
	}
	if above := filepath.Dir(path); above != path {
		return closedTo(above, bits)
	}
	return ""
}

// Settings are what a deployment says, by name, DATABASE_URL and the like: the
// environment, then NAME.env, then NAME.secrets. The first that has a name counts.
type Settings map[string]string

// ReadSettings gives flags a flag -env, reads the settings, and fills flags from
// them and from args, as Parse does. The secrets lie beside the file, or where
// CREDENTIALS_DIRECTORY says if systemd has handed them over. What the file says
// goes into the environment, too, as by systemd's EnvironmentFile=, because
// libraries look there; secrets do not, because children would inherit them.
// A variable whose name is nearly a flag's is an error. All others are the app's.
func (d *Deployment) ReadSettings(flags *flag.FlagSet, args, environ []string) (Settings, error) {
	named := flags.String("env", "", "`file` of settings, NAME=value a line (empty: "+filepath.Base(d.program)+".env beside the program, if it is there)")
	if err := Parse(flags, args, func(string) string { return "" }); err != nil {
		return nil, err // the arguments say where all else is
	}
	d.envFile = d.program + ".env"
	var units map[string]string // because it is systemd who starts the program then
	if f := flags.Lookup("preflight"); f != nil && f.Value.String() == "true" {
		units = d.units()
	}
	if units != nil {
		args = append(argumentsOf(units), args...)
		if err := Parse(flags, args, func(string) string { return "" }); err != nil {
			return nil, fmt.Errorf("%s.service: ExecStart=%s: %w", filepath.Base(d.program), units["ExecStart"], err)
		}
	}
	d.envFile = cmp.Or(*named, d.envFile)
	s, file := Settings{}, Settings{}
	unread := file.read(d.envFile, *named == "")
	if units != nil { // systemd reads the file last
		environ = splitUnquoted(units["Environment"])
		maps.Copy(s, file)
	}
	s.addEnviron(environ)
	s.add(file)
	if *named == "" && s["NOTIFY_SOCKET"] != "" && errors.Is(unread, fs.ErrPermission) {
		unread = nil // because systemd has read it, as root
	}
	for name, value := range s {
		_ = os.Setenv(name, value)
	}
	secrets := strings.TrimSuffix(d.envFile, ".env") + ".secrets"
	open := modeOf(secrets)&0o007 != 0
	if dir := s["CREDENTIALS_DIRECTORY"]; dir != "" && modeOf(filepath.Join(dir, filepath.Base(secrets))) != 0 {
		secrets, open = filepath.Join(dir, filepath.Base(secrets)), false
	}
	errs := []error{unread, s.read(secrets, true), s.checkNames(flags)}
	if open {
		errs = append(errs, fmt.Errorf("%s: others may read it; chmod 600 it, or 640 with the group of the app's user", secrets))
	}
	return s, errors.Join(append(errs, Parse(flags, args, func(name string) string { return s[name] }))...)
}

// addEnviron adds an environment, less the request in that of a CGI program: what a
// client says in a header is no setting.
func (s Settings) addEnviron(environ []string) {
	said := Settings{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		said[name] = value
	}
	if said["GATEWAY_INTERFACE"] != "" && said["REQUEST_METHOD"] != "" {
		maps.DeleteFunc(said, func(name, _ string) bool { return strings.HasPrefix(name, "HTTP_") })
	}
	s.add(said)
}

// add adds what the settings do not say yet.
func (s Settings) add(more Settings) {
	for name, value := range more {
		if _, ok := s[name]; !ok {
			s[name] = value
		}
	}
}

// read adds what a file says and the settings do not say yet.
func (s Settings) read(file string, optional bool) error {
	if info, err := os.Stat(file); err == nil && info.Mode().Type() == fs.ModeNamedPipe {
		return fmt.Errorf("%s: a pipe, from which nothing may come; name a file", file)
	}
	text, err := os.ReadFile(file)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	said, n := Settings{}, 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		n++
		name, value, err := readSetting(strings.Trim(line, " \t\r\n"))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, n, err))
		} else if name != "" {
			said[name] = value
		}
	}
	s.add(said)
	return errors.Join(errs...)
}

var (
	comment = regexp.MustCompile(`^(#.*[^\\]|#|)$`)
	setting = regexp.MustCompile(`^([A-Za-z_]\w*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\["\\$` + "`" + `])*)"|([^'"\\ \t][^\\]*)?)$`)
	escaped = regexp.MustCompile(`\\(.)`)
)

// readSetting reads NAME=value, whose value goes to the end of the line as it
// stands there, or is in quotes. What systemd would read otherwise (systemd.exec(5),
// EnvironmentFile=) is refused; a comment that ends with \ hides the next line from it.
func readSetting(line string) (name, value string, err error) {
	m := setting.FindStringSubmatch(line)
	switch {
	case strings.ContainsFunc(line, unreadable) || m != nil && !utf8.ValidString(line):
		return "", "", errors.New("a character that systemd does not take, or no UTF-8; write the line anew")
	case comment.MatchString(line):
		return "", "", nil
	case m == nil && strings.Contains(line, `\`):
		return "", "", errors.New(`systemd reads a \ otherwise; write NAME='value', or NAME="value" with \\ for each`)
	case m == nil:
		return "", "", errors.New("not a setting; write NAME=value, or NAME='value' where it begins with a quote, or # before a comment")
	}
	return m[1], m[2] + escaped.ReplaceAllString(m[3], "$1") + m[4], nil
}

func unreadable(r rune) bool {
	return unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// checkNames looks for variables that are nearly a flag's.
func (s Settings) checkNames(flags *flag.FlagSet) error {
	var known []string
	flags.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(notSettings, f.Name) {
			known = append(known, variable(f))
		}
	})
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !strings.HasPrefix(name, "APP") || slices.Contains(known, name) {
			continue
		}
		for _, want := range known {
			if distance(strings.ToUpper(name), want) <= (len(want)-1)/4 {
				errs = append(errs, fmt.Errorf("variable %s: no such setting; did you mean %s?", name, want))
			}
		}
	}
	return errors.Join(errs...)
}

// distance counts the letters to insert, to delete, and to replace between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			n := above
			if a[i] != b[j] {
				n = 1 + min(above, row[j], row[j+1])
			}
			above, row[j+1] = row[j+1], n
		}
	}
	return row[len(b)]
}
