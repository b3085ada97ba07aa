package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// socketMode lets the owner and the group in; the web server's user belongs
// to the group.
const socketMode = 0o660

// A socket is a listener on a unix socket that gives its path up only while
// the file there is still its own: a newer instance may have replaced it.
type socket struct {
	*net.UnixListener
	path string
	file fs.FileInfo
	gone sync.Once
}

// listenUnix binds a temporary name and renames it over path. An older
// instance keeps its connections and finishes them, and at no moment is there
// no socket at path.
func listenUnix(path string) (*socket, error) {
	if err := replaceable(path); err != nil {
		return nil, err
	}
	temp := temporary(path)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	file, err := settle(temp, path)
	if err != nil {
		_ = l.Close()
		_ = os.Remove(temp)
		return nil, err
	}
	return &socket{UnixListener: l, path: path, file: file}, nil
}

// temporary is a name in path's folder, made for this one bind.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), ".s"+rand.Text()[:8])
}

// settle gives the bound socket its mode, then its name, so that nobody can
// connect before the mode counts.
func settle(temp, path string) (fs.FileInfo, error) {
	if err := os.Chmod(temp, socketMode); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// replaceable refuses a path where something else than a socket is.
func replaceable(path string) error {
	file, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case file.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there and is not a socket; move it away or listen elsewhere", path)
	}
	return nil
}

// owned reports whether somebody answers at path.
func owned(path string) bool {
	c, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// Addr has the path that clients use, not the temporary one.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// retire removes the file while the socket is open: its inode's number cannot
// be another's by then.
func (s *socket) retire() {
	s.gone.Do(func() {
		if file, err := os.Lstat(s.path); err == nil && os.SameFile(file, s.file) {
			_ = os.Remove(s.path)
		}
	})
}

func (s *socket) Close() error {
	s.retire()
	return s.UnixListener.Close()
}
