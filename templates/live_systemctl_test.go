//go:build unix

package templates

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// units is where the stand-in keeps what it knows of units that run: process
// numbers and logs.
const units = "/run/units"

// systemctl stands in for systemd's, which needs a machine that systemd has
// booted. It starts what a unit says, as the user it says, with the environment,
// the credentials and the folders it says, and hands over the socket it says.
//
// What is not the real thing: nothing is confined (TestUnits has systemd-analyze
// look at that), no unit pulls in another, a service is started anew only if it has
// a socket and has ended well, and then by the next request.
func systemctl(args []string) error {
	var words []string
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			words = append(words, arg)
		}
	}
	if len(words) == 0 {
		return errors.New("no command")
	}
	verb, names := words[0], words[1:]
	if verb == "enable" && slices.Contains(args, "--now") {
		verb = "start"
	}
	if verb == "hold" { // ours: see startSocket
		return hold(names[0])
	}
	for _, name := range names {
		if filepath.Ext(name) == "" {
			name += ".service"
		}
		u, err := loadUnit(name)
		if err == nil {
			err = u.perform(verb)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", verb, name, err)
		}
	}
	return nil
}

// A unit is a unit file with its drop-ins: the values of each key, whatever the
// section.
type unit struct {
	name   string
	values map[string][]string
}

func loadUnit(name string) (unit, error) {
	u := unit{name, make(map[string][]string)}
	for _, dir := range []string{"/etc/systemd/system", "/lib/systemd/system"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		more, _ := filepath.Glob(filepath.Join("/etc/systemd/system", name+".d", "*.conf"))
		for _, file := range more {
			dropIn, err := os.ReadFile(file)
			if err != nil {
				return u, err
			}
			text = append(append(text, '\n'), dropIn...)
		}
		u.parse(string(text))
		return u, nil
	}
	return u, errors.New("unit not found")
}

func (u unit) parse(text string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case !ok || strings.HasPrefix(key, "#"):
		case value == "":
			delete(u.values, key)
		default:
			u.values[key] = append(u.values[key], value)
		}
	}
}

// get returns a key's last value.
func (u unit) get(key string) string {
	values := u.values[key]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func (u unit) perform(verb string) error {
	socket := strings.HasSuffix(u.name, ".socket")
	switch verb {
	case "enable", "daemon-reload":
		return nil
	case "start":
		switch {
		case u.running():
			return nil
		case socket:
			return u.startSocket()
		}
		return u.start()
	case "stop":
		return u.stop()
	case "restart":
		return errors.Join(u.stop(), u.perform("start"))
	case "reload":
		if !u.running() {
			return errors.New("it is not active, cannot reload")
		}
		return u.runAll("ExecReload")
	case "reload-or-restart":
		if u.running() && len(u.values["ExecReload"]) > 0 {
			return u.perform("reload")
		}
		return u.perform("restart")
	case "is-active":
		if !u.running() {
			return errors.New("inactive")
		}
		return nil
	}
	return errors.New("the stand-in does not know this command")
}

func (u unit) file(ext string) string { return filepath.Join(units, u.name+ext) }

// pid is the number of the unit's main process, or 0.
func (u unit) pid() int {
	file := u.file(".pid")
	if own := u.get("PIDFile"); own != "" && u.get("Type") == "forking" {
		file = own
	} else if u.name == "apache2.service" {
		file = "/run/apache2/apache2.pid" // systemd finds it by its control group
	}
	text, _ := os.ReadFile(file)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// running looks whether the main process is there, and no zombie.
func (u unit) running() bool {
	pid := u.pid()
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return pid != 0 && err == nil && !strings.Contains(string(state), ") Z ")
}

func (u unit) stop() error {
	pid := u.pid()
	if !u.running() {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	for begun := time.Now(); u.running() && u.pid() == pid; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > patience {
			return errors.New("it does not stop")
		}
	}
	for syscall.Kill(-pid, syscall.SIGKILL) == nil { // whom it left behind
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// start starts a service and waits until it is ready, as its type says. One with
// a socket is left to whom the socket belongs.
func (u unit) start() error {
	if s, err := loadUnit(strings.TrimSuffix(u.name, ".service") + ".socket"); err == nil && s.running() {
		return nil
	}
	if err := u.runAll("ExecStartPre"); err != nil {
		return err
	}
	if u.get("Type") == "forking" {
		return u.runAll("ExecStart")
	}
	cmd, err := u.command(u.get("ExecStart"))
	if err != nil {
		return err
	}
	if u.get("Type") != "notify" {
		return u.launch(cmd)
	}
	_ = os.Remove(u.file(".notify"))
	ready, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: u.file(".notify"), Net: "unixgram"})
	if err != nil {
		return err
	}
	defer ready.Close()
	if err := os.Chmod(u.file(".notify"), 0o777); err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+u.file(".notify"))
	if err := errors.Join(u.launch(cmd), ready.SetReadDeadline(time.Now().Add(patience))); err != nil {
		return err
	}
	for buf := make([]byte, 4096); ; {
		n, err := ready.Read(buf)
		if err != nil || strings.Contains(string(buf[:n]), "READY=1") {
			return err
		}
	}
}

func (u unit) launch(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	return os.WriteFile(u.file(".pid"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644)
}

// runAll runs a key's commands to their ends.
func (u unit) runAll(key string) error {
	for _, line := range u.values[key] {
		cmd, err := u.command(line)
		if err == nil {
			err = cmd.Run()
		}
		if err != nil && !strings.HasPrefix(line, "-") {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}

// startSocket opens the unit's socket and leaves it to a process that hands it
// over to the service.
func (u unit) startSocket() error {
	path := u.get("ListenStream")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	_ = os.Remove(path) // as systemd does
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	mode, err := strconv.ParseUint(u.get("SocketMode"), 8, 32)
	if err != nil {
		return fmt.Errorf("SocketMode: %w", err)
	}
	owner := u.get("SocketUser") + ":" + u.get("SocketGroup")
	if out, err := exec.Command("chown", owner, path).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	file, err := l.File()
	if err := errors.Join(err, os.Chmod(path, os.FileMode(mode))); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	holder := exec.Command(self, "hold", u.name)
	holder.Args[0] = "systemctl"
	holder.ExtraFiles = []*os.File{file}
	holder.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return u.launch(holder)
}

// hold has a service started with the socket on descriptor 3 when a request comes,
// for as long as it ends well.
func hold(name string) error {
	service, err := loadUnit(strings.TrimSuffix(name, ".socket") + ".service")
	for err == nil {
		if _, err = unix.Poll([]unix.PollFd{{Fd: 3, Events: unix.POLLIN}}, -1); errors.Is(err, unix.EINTR) {
			err = nil
			continue
		}
		var cmd *exec.Cmd
		if cmd, err = service.command(service.get("ExecStart")); err != nil {
			break
		}
		cmd.ExtraFiles = []*os.File{os.NewFile(3, "socket")}
		cmd.Env = append(cmd.Env, "LISTEN_FDS=1")
		if err = service.launch(cmd); err == nil {
			err = cmd.Wait()
		}
		if err == nil {
			service, err = loadUnit(service.name)
		}
	}
	return err
}

// command is a line of the unit, with its environment and its user.
func (u unit) command(line string) (*exec.Cmd, error) {
	line = strings.TrimLeft(line, "-@+!:")
	as, err := u.as()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", "LISTEN_PID=$$ exec "+as+line)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", fmt.Sprintf("MAINPID=%d", u.pid())}
	for _, value := range u.values["Environment"] {
		cmd.Env = append(cmd.Env, unquoted(value)...)
	}
	for _, file := range u.values["EnvironmentFile"] {
		text, err := os.ReadFile(strings.TrimPrefix(file, "-"))
		if err != nil && !strings.HasPrefix(file, "-") {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
				cmd.Env = append(cmd.Env, key+"="+strings.Join(unquoted(value), " "))
			}
		}
	}
	folders, err := u.folders()
	cmd.Env = append(cmd.Env, folders...)
	log, logErr := os.OpenFile(u.file(".log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Setsid: true}
	return cmd, errors.Join(err, logErr)
}

// unquoted splits words, of which some are in quotes.
func unquoted(text string) []string {
	var words []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		end := " "
		if text[0] == '"' || text[0] == '\'' {
			end, text = text[:1], text[1:]
		}
		var word string
		word, text, _ = strings.Cut(text, end)
		words = append(words, word)
	}
	return words
}

// owner is who the service runs as; a user of its own gets the first number that
// systemd has for such.
func (u unit) owner() (uid, gid string, err error) {
	if u.get("DynamicUser") == "yes" {
		return "61184", "61184", nil
	}
	name := u.get("User")
	if name == "" {
		return "0", "0", nil
	}
	who, err := user.Lookup(name)
	if err != nil {
		return "", "", err
	}
	return who.Uid, who.Gid, nil
}

// as is what makes a command run as the service's owner.
func (u unit) as() (string, error) {
	uid, gid, err := u.owner()
	if err != nil || uid == "0" {
		return "", err
	}
	groups := "--init-groups"
	if u.get("DynamicUser") == "yes" {
		groups = "--clear-groups" // no file has such a user
	}
	if list := u.get("SupplementaryGroups"); list != "" {
		groups = "--groups " + strings.Join(strings.Fields(list), ",")
	}
	capabilities := ""
	if u.get("AmbientCapabilities") == "CAP_NET_BIND_SERVICE" {
		capabilities = " --inh-caps +net_bind_service --ambient-caps +net_bind_service"
	}
	return fmt.Sprintf("setpriv --reuid %s --regid %s %s%s ", uid, gid, groups, capabilities), nil
}

// folders makes those that the unit asks for, with the credentials, and returns the
// variables that name them.
func (u unit) folders() ([]string, error) {
	uid, gid, err := u.owner()
	if err != nil {
		return nil, err
	}
	var env []string
	own := func(variable, dir string) {
		env = append(env, variable+"="+dir)
		err = errors.Join(err, os.MkdirAll(dir, 0o755), exec.Command("chown", "-R", uid+":"+gid, dir).Run())
	}
	if name := u.get("RuntimeDirectory"); name != "" {
		own("RUNTIME_DIRECTORY", "/run/"+name)
	}
	if name := u.get("StateDirectory"); name != "" {
		own("STATE_DIRECTORY", "/var/lib/"+name)
	}
	secrets := filepath.Join("/run/credentials", u.name)
	for _, value := range u.values["LoadCredential"] {
		id, file, _ := strings.Cut(value, ":")
		text, readErr := os.ReadFile(file)
		if os.IsNotExist(readErr) {
			continue
		}
		err = errors.Join(err, readErr, os.MkdirAll(secrets, 0o755), os.WriteFile(filepath.Join(secrets, id), text, 0o400))
	}
	if len(u.values["LoadCredential"]) > 0 {
		own("CREDENTIALS_DIRECTORY", secrets)
	}
	return env, err
}
