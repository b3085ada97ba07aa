package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
)

// listen opens a's listener; nil for cgi, which has none.
func (a address) listen(log *slog.Logger) (net.Listener, error) {
	l, err := a.open(log)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", a, err)
	}
	return l, nil
}

func (a address) open(log *slog.Logger) (net.Listener, error) {
	switch a.network {
	case "tcp":
		l, err := net.Listen("tcp", a.where)
		return l, advise(err, "choose another address, or stop what listens there")
	case "unix":
		if owned(a.where) {
			log.Warn("taking the socket over from a running instance", "path", a.where)
		}
		l, err := listenUnix(a.where)
		if err != nil { // a nil *socket would be a listener that is not nil
			return nil, advise(err, "the folder must be there and the app's user may write in it")
		}
		return l, nil
	case "fd":
		return inherit(a.fd)
	}
	return nil, nil
}

// advise adds what to do about an error of net, and takes off its operation
// and address, which the caller tells already.
func advise(err error, advice string) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("%w; %s", op.Err, advice)
	}
	return err
}

// inherit listens on a descriptor that was open when the program started.
func inherit(fd int) (net.Listener, error) {
	if fd == 0 {
		return net.FileListener(os.Stdin) // stays open, lest 0 be the next file's number
	}
	f := os.NewFile(uintptr(fd), "inherited socket")
	defer f.Close() // the listener has its own copy
	return net.FileListener(f)
}
