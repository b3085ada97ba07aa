package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// Preflight looks for whatever would keep Run from starting with these
// settings, and returns all of it as one joined error: bad settings, a
// socket's folder that is missing or not writable, a path where something
// else than a socket is, a running instance, a port in use, uid 0. Nil means
// a deployment would start. Nothing stays changed.
func Preflight(o Options, transports ...Transport) error {
	p, err := newPlan(o, look(os.Getenv), transports)
	errs := []error{err}
	if err == nil {
		errs = append(errs, p.refuseRoot())
	}
	for _, a := range p.addresses {
		if err := a.ready(); err != nil {
			errs = append(errs, fmt.Errorf("listen %s: %w", a, err))
		}
	}
	return errors.Join(errs...)
}

// ready reports what would keep a from being opened.
func (a address) ready() error {
	switch a.network {
	case "tcp":
		l, err := a.open(slog.Default())
		if err != nil {
			return err
		}
		return l.Close()
	case "unix":
		return pathReady(a.where)
	}
	return nil
}

func pathReady(path string) error {
	if err := writable(filepath.Dir(path)); err != nil {
		return err
	}
	if err := replaceable(path); err != nil {
		return err
	}
	if owned(path) {
		return errors.New("a running instance answers there; stop it, or start anyway to take over from it")
	}
	return nil
}

// writable tries it: a mode does not tell of read-only mounts.
func writable(folder string) error {
	file, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("%w; make the folder, for the user the app runs as", err)
	}
	if !file.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	temp, err := os.CreateTemp(folder, ".s*")
	if err != nil {
		return fmt.Errorf("%w; let the user the app runs as write there", err)
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}
