//go:build unix

package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// lifeCases are about starting and stopping. The last of them ends the app.
var lifeCases = []conformance{
	{"socket's mode and group", ownSocket, func(s *site) error {
		info, err := os.Stat(s.b.socket)
		if err != nil {
			return err
		}
		gid := info.Sys().(*syscall.Stat_t).Gid
		if want := groupOfProcesses(); info.Mode() != fs.ModeSocket|0o660 || gid != want {
			return fmt.Errorf("mode %v, group %d; want 0660 and %d", info.Mode(), gid, want)
		}
		return nil
	}},
	{"kill -9, then start on the stale socket", ownSocket, func(s *site) error {
		if err := s.b.app.Process.Kill(); err != nil {
			return err
		}
		_ = s.b.app.end(s.T)
		if _, err := os.Lstat(s.b.socket); err != nil {
			return fmt.Errorf("no stale socket: %w", err)
		}
		s.b.app = startUnix(s.T, s.p, s.d.transport(), s.b.socket)
		return s.hello()
	}},
	{"app back after it was away", ownSocket, (*site).comesBack},
	{"4 restarts under load, by rename", ownSocket, func(s *site) error { return s.underLoad("GET", s.replaceApp) }},
	// Nobody may send these twice.
	{"4 restarts under POSTs, by rename", ownSocket, func(s *site) error { return s.underLoad("POST", s.replaceApp) }},
	{"4 restarts under load, by activation", ownSocket, func(s *site) error {
		socket := filepath.Join(workDir(s.T), "s")
		file := holdSocket(s.T, socket)
		app := startHeld(s.T, s.p, s.d.transport(), file)
		held := *s
		held.b = onUnix(app, socket)
		held.replaceFront()
		defer held.f.stop(s.T)
		defer func() { held.b.app.stop(s.T) }()
		return held.underLoad("GET", func() error {
			for range 4 {
				if err := s.retire(held.b.app); err != nil {
					return err
				}
				held.b.app = startHeld(s.T, s.p, s.d.transport(), file)
			}
			return nil
		})
	}},
	{"web server restarted", nil, func(s *site) error {
		s.f.stop(s.T)
		s.replaceFront()
		return s.hello()
	}},
	{"SIGTERM with 20 in flight", running, finishes},
}

// comesBack says that an app that was away is asked again as soon as it is back.
// The quickest of several times counts, but for the first: a server that looks
// once a second or so may just be about to.
func (s *site) comesBack() error {
	quickest := hang
	for round := range 4 {
		s.b.app.stop(s.T)
		if a, err := s.get("/app/"); err != nil || a.status/100 != 5 {
			return fmt.Errorf("status %d, %v, while the app was away", a.status, err)
		}
		s.b.app = startUnix(s.T, s.p, s.d.transport(), s.b.socket)
		back := time.Now()
		for s.hello() != nil {
			if time.Since(back) > hang {
				return errors.New("not asked again")
			}
			time.Sleep(time.Millisecond)
		}
		if round > 0 {
			quickest = min(quickest, time.Since(back))
		}
	}
	if quickest > time.Second {
		return fmt.Errorf("asked again after %.0f s", quickest.Seconds())
	}
	return nil
}

// replaceFront starts another web server for the app.
func (s *site) replaceFront() {
	s.f = s.d.front(s.T, s.p, s.b, nil)
	_, s.host, _ = strings.Cut(s.f.url, "://")
}

// replaceApp starts a new instance beside the old one, four times.
func (s *site) replaceApp() error {
	for range 4 {
		old := s.b.app
		s.b.app = startUnix(s.T, s.p, s.d.transport(), s.b.socket)
		if err := s.retire(old); err != nil {
			return err
		}
	}
	return nil
}

// retire ends an instance as systemd does, under load.
func (s *site) retire(app *process) error {
	time.Sleep(30 * time.Millisecond)
	if err := app.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return app.end(s.T)
}

// groupOfProcesses is the group that start starts processes with.
func groupOfProcesses() uint32 {
	if os.Getuid() == 0 {
		return 65534
	}
	return uint32(os.Getgid())
}

// finishes says that the app answers what is in flight at SIGTERM, then ends
// with status 0 and takes its socket away.
func finishes(s *site) error {
	var t tally
	var wait sync.WaitGroup
	for each := 700 * time.Millisecond; ; each *= 4 { // longer where the machine has other things to do
		rest := each
		if s.d.oneByOne {
			rest = s.brief()
		}
		s.send(1, each, &t, &wait)
		s.send(19, rest, &t, &wait)
		err := s.awaitInFlight(20)
		if err == nil {
			break
		}
		if wait.Wait(); each > 30*time.Second {
			return err
		}
	}
	if err := s.b.app.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	wait.Wait()
	if err := errors.Join(t.err(), s.b.app.end(s.T)); err != nil {
		return err
	}
	if _, err := os.Lstat(s.b.socket); ownSocket(s.d) && err == nil {
		return errors.New("the socket is left behind")
	}
	return nil
}

// send starts requests that the app answers after a while.
func (s *site) send(requests int, each time.Duration, t *tally, wait *sync.WaitGroup) {
	for range requests {
		wait.Go(func() {
			a, err := s.get(fmt.Sprintf("/app/slow?ms=%d", each.Milliseconds()))
			if err == nil {
				err = a.is(200, "done\n")
			}
			t.add(err)
		})
	}
}

// awaitInFlight says that so many requests are with the app at one time.
func (s *site) awaitInFlight(requests int) error {
	var reached int
	for range 60 {
		var err error
		if reached, err = s.inFlight(); reached == requests || err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%d of %d requests reached the app", reached, requests)
}

// inFlight is how many requests are with the app: it says so itself, or one is being
// answered and others wait.
func (s *site) inFlight() (int, error) {
	if s.d.oneByOne {
		waiting, err := s.waiting()
		return 1 + waiting, err
	}
	a, err := s.get("/app/inflight")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(a.body)
}

// waiting is how many connections to the app hold what it has not read.
func (s *site) waiting() (int, error) {
	out, err := exec.Command("ss", "-xtnH").Output()
	if err != nil {
		return 0, err
	}
	app := s.b.places[1] // an address, or a socket, which may have been bound by another name there
	if s.b.socket != "" {
		app = filepath.Dir(s.b.socket) + "/"
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line) // kind, state, bytes to read, bytes to send, local address, and the peer's
		if len(fields) > 4 && fields[1] == "ESTAB" && fields[2] != "0" && strings.HasPrefix(fields[4], app) {
			n++
		}
	}
	return n, nil
}
