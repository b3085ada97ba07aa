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
	{"4 restarts under POSTs, by activation", ownSocket, func(s *site) error {
		socket := filepath.Join(workDir(s.T), "s")
		file := holdSocket(s.T, socket)
		app := startHeld(s.T, s.p, s.d.transport(), file)
		held := *s
		held.b = onUnix(app, socket)
		held.replaceFront()
		defer held.f.stop(s.T)
		defer func() { held.b.app.stop(s.T) }()
		return held.underLoad("POST", func() error {
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
	{"SIGTERM with 20 in flight", stopping, finishes},
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
	if err := s.hello(); err != nil { // now it listens for signals
		return err
	}
	var t *tally
	var wait sync.WaitGroup
	each, most := 700*time.Millisecond, 30*time.Second
	if s.d.oneByOne { // they take it one after the other, and must end before the app gives up
		each, most = 80*time.Millisecond, time.Second
	}
	for ; ; each *= 4 { // longer where the machine has other things to do
		t = new(tally)
		s.send(20, each, t, &wait)
		err := s.awaitInFlight(20, t)
		if err == nil {
			break
		}
		if wait.Wait(); each > most {
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

// awaitInFlight says that so many requests are with the app at one time: it says so
// itself, or one is being answered and the others wait, or have been answered just now.
func (s *site) awaitInFlight(requests int, t *tally) error {
	var reached int
	for range 60 {
		var err error
		if s.d.oneByOne {
			var waiting int
			answered := t.count() // before the others are counted, which become fewer
			if waiting, err = s.waiting(); waiting >= requests/2 {
				reached = answered + 1 + waiting
			}
		} else {
			reached, err = s.inFlight()
		}
		if reached >= requests || err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%d of %d requests reached the app", reached, requests)
}

// inFlight asks the app.
func (s *site) inFlight() (int, error) {
	a, err := s.get("/app/inflight")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(a.body)
}

// waiting is how many connections the app has not accepted, or not read.
func (s *site) waiting() (int, error) {
	out, err := exec.Command(need(s.T, "ss"), "-xtnHa").Output()
	if err != nil {
		return 0, err
	}
	app := s.b.places[1] // an address, or a socket, which may have been bound by another name there
	if s.b.socket != "" {
		app = filepath.Dir(s.b.socket) + "/"
	}
	total := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line) // kind, state, bytes or connections to take, bytes to send, local address, the peer's
		if len(fields) < 5 || !strings.HasPrefix(fields[4], app) {
			continue
		}
		queued, err := strconv.Atoi(fields[2])
		switch {
		case err != nil:
			return 0, fmt.Errorf("ss says %q", line)
		case fields[0] == "u_str" && fields[1] == "LISTEN":
			total += queued
		case fields[1] == "ESTAB" && queued > 0: // of TCP those that have not been accepted, too
			total++
		}
	}
	return total, nil
}
